"""Builds the wheel of pcie-testkit: the package, and the classes that protoc makes of proto/link.proto and proto/control.proto.

    build.py FOLDER        the wheel goes there; its path is printed

Needs protoc and grpc_python_plugin, setuptools and wheel (Debian: protobuf-compiler, protobuf-compiler-grpc, python3-setuptools, python3-wheel).
"""

import importlib.util
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PROTO = HERE.parent.parent / "proto"


def check_python():
    """Ends if the Python that runs this is not the one that has what a wheel is made with."""
    for module in ("setuptools", "wheel"):
        if importlib.util.find_spec(module) is None:
            sys.exit(f"{sys.executable} has no {module} (Debian: python3-{module}, for /usr/bin/python3; elsewhere: "
                     f"{sys.executable} -m pip install setuptools wheel).")


def generate(folder):
    """Makes the package `wire` of the contracts. Its modules find each other in it, wherever it is."""
    folder.mkdir()
    if shutil.which("protoc") is None:
        sys.exit("protoc is not installed (Debian: protobuf-compiler).")
    plugin = shutil.which("grpc_python_plugin") or sys.exit("grpc_python_plugin is not installed (Debian: protobuf-compiler-grpc).")
    subprocess.run(["protoc", f"-I{PROTO}", f"--python_out={folder}", f"--grpc_out={folder}", f"--plugin=protoc-gen-grpc={plugin}",
                    "link.proto", "control.proto"], check=True)
    for module in folder.glob("*_grpc.py"):
        module.write_text(re.sub(r"^import (\w+_pb2)", r"from . import \1", module.read_text(), flags=re.MULTILINE))
    (folder / "__init__.py").write_text('"""Made from proto/link.proto and proto/control.proto."""\n')


def main(target):
    check_python()
    target = pathlib.Path(target).resolve()
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "source"
        shutil.copytree(HERE, copy, ignore=shutil.ignore_patterns("__pycache__", "tests"))
        generate(copy / "pcie_testkit" / "wire")
        build = "from setuptools import setup; setup()"
        subprocess.run([sys.executable, "-c", build, "-q", "bdist_wheel", "-d", str(target)], cwd=copy, check=True, stdout=sys.stderr)
    print(next(target.glob("pcie_testkit-*.whl")))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])

"""Under pytest: the fixture `bench`, a host that is attached afresh for each test."""

import os

import pytest

from .failures import NotApplicable


def pytest_addoption(parser):
    parser.addoption("--pcie", metavar="URI", default=os.environ.get("PCIE_DEVICE"),
                     help="Where the device is: http://host:port, https://host:port or unix:/path; by default PCIE_DEVICE of the environment.")


@pytest.fixture
def pcie_registers():
    """Names of registers for `bench`; override it with the REGISTERS of your module. None for those that the card describes itself."""
    return None


@pytest.fixture
def bench(request, pcie_registers):
    uri = request.config.getoption("--pcie")
    if not uri:
        pytest.skip("No device: say where it is by --pcie URI, or PCIE_DEVICE.")
    # Who has the kit installed and tests something else does not wait for gRPC.
    from .bench import Bench

    with Bench(uri, pcie_registers) as attached:
        yield attached


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    outcome = yield
    if outcome.excinfo and isinstance(outcome.excinfo[1], NotApplicable):
        outcome.force_exception(pytest.skip.Exception(f"not applicable: {outcome.excinfo[1]}", _use_item_location=True))

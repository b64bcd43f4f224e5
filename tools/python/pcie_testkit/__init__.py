"""Test plans against any PCI Express device on the link: see Bench."""

from .bench import Bar, Bench, Message
from .failures import ExpectationFailed, NotApplicable
from .memory import Buffer
from .messages import MSI, MSIX
from .registers import RegisterMap
from .times import ms, ns, seconds, us

__all__ = ["Bar", "Bench", "Buffer", "ExpectationFailed", "MSI", "MSIX", "Message", "NotApplicable", "RegisterMap", "ms", "ns", "seconds", "us"]

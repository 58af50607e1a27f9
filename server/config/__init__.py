"""The settings of the server: read from the environment and ``.env``, checked, then frozen.

A wrong setting stops the start with one line, which never shows a value that may be a secret.
"""

from server.config.doubts import doubts, misnamed
from server.config.limits import Limits
from server.config.settings import SECRETS, SETTINGS, Settings
from server.config.values import ConfigError, FileMedia, S3Media, Secret, Setting
from server.kernel.limits import Rate

__all__ = [
    "SECRETS",
    "SETTINGS",
    "ConfigError",
    "FileMedia",
    "Limits",
    "Rate",
    "S3Media",
    "Secret",
    "Setting",
    "Settings",
    "doubts",
    "misnamed",
]

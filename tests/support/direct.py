# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An operation called directly, over real HTTPS, with a clock that moves the local Azure's instead of sleeping."""

from __future__ import annotations

import contextlib
import importlib
import typing

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.ownkey.acr.plugins.module_utils._operation import execute
from local_azure.client import Control

#: What real Azure was recorded to take, in seconds: a key's deletion 5 to 20, and some until a recovered key shows and
#: a purged name is free. Waiting costs nothing where the clock moves.
AS_RECORDED = {
    "key_delete_seconds": 10.0,
    "key_recover_seconds": 3.0,
    "key_purge_seconds": 10.0,
}


class MovingClock:
    """Sleeping moves the local Azure's clock forward, so that an hour of waiting takes a millisecond."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self.slept = 0.0

    def monotonic(self) -> float:
        return self._control.now()

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self._control.advance(seconds)


class Direct:
    """Calls the operations of the collection's modules in this process.

    While one runs, the local Azure is as slow as real Azure was recorded to be, unless a test set it otherwise.

    :param environment: the variables that lead to the local Azure; they must be in ``os.environ`` too.
    :param clock: another clock than one that moves the local Azure's through its control interface.
    """

    def __init__(self, environment: dict[str, str], clock: typing.Any = None) -> None:
        self.environment = environment
        #: takes the lines that an operation tells while it goes on
        self.tell: typing.Callable[[str], None] | None = None
        self._control = None if clock else Control(environment["LOCAL_AZURE_URL"])
        self.clock = clock or MovingClock(Control(environment["LOCAL_AZURE_URL"]))

    def __call__(self, module: str, /, *, check: bool = False, **options: typing.Any) -> dict[str, typing.Any]:
        """Run a module's operation; the result of a failure too."""
        operation = importlib.import_module(f"ansible_collections.ownkey.acr.plugins.modules.{module}").OPERATION
        validated = ArgumentSpecValidator(operation.spec.options, **operation.spec.rules()).validate(options)
        assert not validated.error_messages, validated.error_messages
        params = validated.validated_parameters
        stop = getattr(self.clock, "stop", None)
        with self._as_recorded():
            return execute(
                operation,
                params,
                check_mode=check,
                environ=self.environment,
                clock=self.clock,
                tell=self.tell,
                stop=stop,
            )

    @contextlib.contextmanager
    def _as_recorded(self) -> typing.Iterator[None]:
        if self._control is None:
            yield
            return
        now = self._control.settings()
        quick = {name: now[name] for name in AS_RECORDED if now[name] < 1}
        self._control.settings(**{name: AS_RECORDED[name] for name in quick})
        try:
            yield
        finally:
            self._control.settings(**quick)

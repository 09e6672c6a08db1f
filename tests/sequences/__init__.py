# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random sequences of the collection's own operations, with accidents, with what others do between two of our requests,
and with faults on the way to Azure mixed in; keys are in a vault or in a Managed HSM.

However they are mixed: nothing of ours makes data unreadable without a confirmation, nothing is told that is not so,
nothing ends in a Python error, and ``restore`` always brings the data back with the very same bytes.

``operations`` says what is done, ``sequence`` does it and judges, ``figures`` writes ``docs/reliability.md``. ``make
sequences`` runs 100,000 steps, a test run fewer (``OWNKEY_STEPS``).
"""

# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault at every request of every operation, judged by the state of the run that nothing disturbed.

``cases`` says which operations there are and from what they begin, ``kinds`` which faults and where each can strike,
``bench`` carries a trial out, ``view`` makes two states comparable, ``judgement`` says what is right, ``trials`` lists
them all and draws a sample, ``figures`` writes ``docs/reliability.md``. ``make sweep`` runs all of it.
"""

# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The page's template, in Jinja2. Everything that it is given is escaped; nothing that it is given is a template.

The long table comes in parts, of which the browser lays out only what is looked at, and without the end tags that HTML
does not ask for: there may be 10,000 registries.
"""

from __future__ import annotations

MACROS = """
{%- macro when(at) -%}{% if at %}<time datetime="{{ at }}">{{ at[:10] }}</time>{% else %}–{% endif %}{%- endmacro -%}
{%- macro moment(at) -%}{% if at %}<time datetime="{{ at }}">{{ at[:10] }} {{ at[11:16] }}</time>
{% else %}–{% endif %}{%- endmacro -%}
{%- macro names(items, most=12) -%}
{{ items[:most] | join(', ') }}{% if items | length > most %} {{ t('more', n=items | length - most) }}{% endif %}
{%- endmacro -%}
{%- macro event_table(rows, caption, label) -%}
<div class="scroll" tabindex="0" role="region" aria-label="{{ t('section_scroll') }}: {{ label }}">
<table class="events"><caption>{{ caption }}</caption><thead><tr><th scope="col">{{ t('number') }}</th>
<th scope="col">{{ t('date') }}</th>
<th scope="col">{{ t('operation') }}</th><th scope="col">{{ t('outcome') }}</th><th scope="col">{{ t('what') }}</th>
<th scope="col">{{ t('verified') }}</th><th scope="col">{{ t('who') }}</th></tr></thead><tbody>
{% for event in rows %}<tr><th scope="row" class="n">{{ event.number }}</th><td class="s">{{ moment(event.at) }}</td>
<td>{{ event.operation }}<small>{{ names(event.subjects | map('short') | list, 4) }}</small></td><td
class="s {{ outcome_letters[event.outcome] }}">{{ outcome_signs[event.outcome] }}
{{ t('outcome_' ~ event.outcome) }}</td>
<td lang="en">{{ names(event.steps, 6) }}{% for line in event.lines[:6] %}<small>{{ line }}</small>{% endfor %}
{% if event.lines | length > 6 %}<small>{{ t('more', n=event.lines | length - 6) }}</small>{% endif %}
{% if event.outcome == 'failed' and event.message %}<small class="e">{{ event.message }}</small>{% endif %}</td>
<td lang="en">{% if event.verified %}{{ event.verified[:3] | join('; ') }}{% else %}
<span lang="{{ language }}">{{ t('not_verified') }}</span>{% endif %}</td>
<td>{{ event.who or '–' }}<small>{{ event.principal }}</small><small>{{ event.origin }}</small></td></tr>
{% endfor %}</tbody></table></div>
{%- endmacro -%}
{%- macro bars(chart) -%}
<svg viewBox="0 0 {{ chart.width }} {{ chart.height }}" width="{{ chart.width }}" height="{{ chart.height }}"
role="img" aria-labelledby="{{ chart.id }}t {{ chart.id }}d">
<title id="{{ chart.id }}t">{{ chart.title }}</title><desc id="{{ chart.id }}d">{{ chart.description }}</desc>
{% if chart.hatch %}<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse"
patternTransform="rotate(45)"><rect class="hp" width="7" height="7"/><line class="hl"
x1="0" y1="0" x2="0" y2="7"/></pattern></defs>{% endif %}
<line class="ax" x1="0" y1="{{ chart.base }}" x2="{{ chart.width }}" y2="{{ chart.base }}"/>
{% for bar in chart.bars %}<rect class="b" x="{{ bar.x }}" y="{{ chart.base - bar.within }}" width="{{ bar.width }}"
height="{{ bar.within }}"/>
{% if bar.over %}<rect class="o" x="{{ bar.x }}" y="{{ chart.base - bar.within - bar.over }}" width="{{ bar.width }}"
height="{{ bar.over }}"/>
{% endif %}<text x="{{ bar.middle }}"
y="{{ chart.base - bar.within - bar.over - 5 }}" text-anchor="middle">{{ bar.count }}</text>
<text x="{{ bar.middle }}" y="{{ chart.base + 18 }}" text-anchor="middle">{{ bar.label }}</text>
{% endfor %}</svg>
{%- endmacro -%}
"""

PAGE = (
    """<!doctype html>
<html lang="{{ language }}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '{{ style_hash }}';
script-src '{{ script_hash }}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{{ t('title') }} – {{ report.made[:10] }}</title>
<style>{{ style }}</style>
</head>
<body>
"""
    + MACROS
    + """
<a class="skip" href="#main">{{ t('skip') }}</a>
<header>
<h1>{{ t('title') }}</h1>
<dl class="facts">
<dt>{{ t('made') }}</dt><dd>{{ moment(report.made) }} UTC</dd>
<dt>{{ t('made_by') }}</dt><dd>{{ report.made_by.name }} <code>{{ report.made_by.object_id }}</code>
{% if report.made_by.job %}, {{ report.made_by.job }}
{% endif %}; {{ t('tenant') }} <code>{{ report.made_by.tenant_id }}</code></dd>
<dt>{{ t('scope') }}</dt><dd>{{ names(report.scope.asked, 20) }} ({{ report.scope.cloud }})</dd>
<dt>{{ t('held_against') }}</dt><dd>{{ policy }}</dd>
<dt>{{ t('period') }}</dt><dd>{{ t('to', since=report.since[:10], until=report.made[:10]) }}</dd>
</dl>
<ul class="verdict">{% for one in verdict %}<li class="{{ one.letter }}">{{ one.sign }} {{ one.text }}</li>
{% endfor %}</ul>
<nav aria-label="{{ t('contents') }}"><ul>{% for id in sections %}<li><a href="#{{ id }}">{{ t(titles[id]) }}</a></li>
{% endfor %}</ul></nav>
</header>
<main id="main" tabindex="-1">

<section id="unread" aria-labelledby="unread-h"><h2 id="unread-h">{{ t('unread') }}</h2>
{% if record.state in ('altered', 'unreadable') %}<p class="alarm" role="note">✕ {{ record_words }}</p>
{% elif record.state in ('newer', 'unfinished') %}<p class="notice" role="note">? {{ record_words }}</p>{% endif %}
{% if whole %}<p>{{ t('unread_none') }}</p>{% endif %}
{% for note in report.notes %}<p class="notice" lang="en">{{ note }}</p>{% endfor %}
{% if report.unread %}<h3>{{ t('unread_parts') }}</h3>
<div class="scroll" tabindex="0" role="region" aria-label="{{ t('section_scroll') }}: {{ t('unread_parts') }}"><table>
<caption>{{ t('unread_caption') }}</caption>
<thead><tr><th scope="col">{{ t('kind') }}</th><th scope="col">{{ t('part') }}</th>
<th scope="col">{{ t('reason') }}</th></tr></thead><tbody>
{% for part in report.unread %}<tr><td>{{ t(part.kind) }}</td><th scope="row">{{ part.name }}</th>
<td lang="en">{{ part.reason }}</td></tr>
{% endfor %}</tbody></table></div>{% endif %}
{% if unseen %}<h3>{{ t('unread_registries') }}</h3>
<div class="scroll" tabindex="0" role="region" aria-label="{{ t('section_scroll') }}: {{ t('unread_registries') }}">
<table><caption>{{ t('unread_registries_caption') }}</caption>
<thead><tr><th scope="col">{{ t('registry') }}</th><th scope="col">{{ t('not_seen') }}</th></tr></thead><tbody>
{% for what, those in unseen %}<tr><th scope="row">{{ names(those, most_names) }}</th>
<td lang="en">{{ what }}</td></tr>
{% endfor %}</tbody></table></div>{% endif %}
</section>

<section id="totals" aria-labelledby="totals-h"><h2 id="totals-h">{{ t('totals') }}</h2>
<dl class="cards">
<div><dt>{{ t('registries') }}</dt><dd>{{ totals.registries }}</dd></div>
{% for name in states %}<div><dt>{{ signs[name] }} {{ t(name) }}</dt><dd
class="{{ letters[name] if totals[name] else '' }}">{{ totals[name] }}</dd></div>
{% endfor %}<div><dt>{{ t('with_key') }}</dt><dd>{{ totals.with_key }}</dd></div>
<div><dt>{{ t('keys') }}</dt><dd>{{ totals['keys'] }}</dd></div>
<div><dt>{{ t('stores') }}</dt><dd>{{ totals.key_stores }}</dd></div>
<div><dt>{{ t('findings') }}</dt><dd>{{ totals.findings }}</dd></div>
<div><dt>{{ t('parts_unread') }}</dt><dd
class="{{ 'e' if totals.unread_parts else '' }}">{{ totals.unread_parts }}</dd></div>
{% if record.open %}<div><dt>{{ t('open_intents') }}</dt><dd class="e">{{ record.open | length }}</dd></div>
{% endif %}
</dl></section>

<section id="findings" aria-labelledby="findings-h"><h2 id="findings-h">{{ t('findings') }}</h2>
{% if not groups %}<p>{{ t('findings_none') }}</p>{% endif %}
{% for group in groups %}<h3><span
class="{{ letters[group.severity] }}">{{ signs[group.severity] }} {{ t(group.severity) }}:</span> {{ group.title }}
<span class="soft">({{ t('findings_registries', n=group.count) }}, <code>{{ group.code }}</code>)</span></h3>
<p><span class="soft">{{ t('why') }}:</span> <span lang="en">{{ group.why }}</span>{% if group.remedy %}<br><span
class="soft">{{ t('remedy') }}:</span> {{ group.remedy }}{% endif %}</p>
<ul class="lines" lang="en">{% for line in group.lines %}<li>{{ line.what }} <strong>{{ line.remedy }}</strong>
{% if line.names | length > 1 %} <span class="soft">({{ names(line.names, most_names) }})</span>{% endif %}</li>
{% endfor %}{% if group.rest %}<li lang="{{ language }}">{{ t('more_in', n=group.rest, file='findings.csv') }}</li>
{% endif %}</ul>
{% endfor %}</section>

<section id="registries" aria-labelledby="registries-h"><h2 id="registries-h">{{ t('registries') }}</h2>
<form class="tools" role="search" aria-label="{{ t('filter') }}" data-sort="{{ t('sort_by', name='{name}') }}" hidden>
<div><label for="word">{{ t('filter_text') }}</label><input id="word" type="search" autocomplete="off"></div>
<div><label for="which">{{ t('filter_state') }}</label><select id="which"><option value="">{{ t('all') }}</option>
{% for name in states %}<option value="{{ loop.index0 }}">{{ t(name) }}</option>{% endfor %}</select></div>
<output aria-live="polite" data-words="{{ t('shown', n='{n}', of='{of}') }}"></output></form>
<div class="scroll" tabindex="0" role="region" aria-label="{{ t('section_scroll') }}: {{ t('registries') }}">
{% for chunk in chunks %}<div class="chunk"><table><caption>
{% if loop.first %}{{ t('registries_caption') }} {% endif %}
{{ t('registries_part', least=chunk.least, most=chunk.most, of=totals.registries) }}</caption>
<thead><tr><th scope="col">{{ t('registry') }}</th><th scope="col" data-k="state">{{ t('state') }}</th>
<th scope="col">{{ t('key') }}</th><th scope="col">{{ t('version') }}</th><th scope="col"
data-k="number">{{ t('age') }}</th><th scope="col">{{ t('due') }}</th><th scope="col">{{ t('mode') }}</th>
<th scope="col">{{ t('protection') }}</th><th scope="col">{{ t('identity') }}</th>
<th scope="col">{{ t('findings') }}</th><th scope="col">{{ t('proof') }}</th></tr></thead><tbody>
{% for one in chunk.rows %}<tr data-s={{ one.order }}><th scope=row>{{ one.name }}<small>{{ one.place }}</small>
{#- -#}
<td class="s {{ one.letter }}">{{ one.state }}<td>{{ one.key }}<td>{{ one.version }}<td class=n>{{ one.age }}
{%- if one.over %}<small class=e>{{ one.over }}</small>{% endif -%}
<td>{{ one.due }}<td>{{ one.mode }}<td>{{ one.protection }}<td>{{ one.identity }}<td>{{ one.findings }}
{#- -#}
<td>{{ one.proof }}
{% endfor %}</tbody></table></div>
{% endfor %}</div></section>

<section id="ages" aria-labelledby="ages-h"><h2 id="ages-h">{{ t('ages') }}</h2>
{{ bars(age_chart) }}
<p><span class="key"></span> {{ t('within') }} &nbsp; <span class="key over"></span> {{ t('over') }}</p>
<div class="scroll" tabindex="0" role="region" aria-label="{{ t('section_scroll') }}: {{ t('ages_caption') }}"><table>
<caption>{{ t('ages_caption') }}</caption><thead><tr><th scope="col">{{ t('days_head') }}</th><th scope="col"
class="n">{{ t('within') }}</th><th scope="col" class="n">{{ t('over') }}</th></tr></thead><tbody>
{% for bar in age_rows %}<tr><th scope="row">{{ bar.label }}</th><td class="n">{{ bar.within }}</td><td
class="n">{{ bar.over }}</td></tr>
{% endfor %}<tr><th scope="row">{{ t('unseen') }}</th><td
class="n" colspan="2">{{ report.ages.unseen }}</td></tr></tbody></table></div></section>

<section id="calendar" aria-labelledby="calendar-h"><h2 id="calendar-h">{{ t('calendar') }}</h2>
{% if report.calendar.unseen %}<p class="notice">{{ t('calendar_unseen', n=report.calendar.unseen) }}</p>{% endif %}
{% if has_months %}{{ bars(month_chart) }}{% endif %}
{% if months %}
<div class="scroll" tabindex="0" role="region" aria-label="{{ t('section_scroll') }}: {{ t('calendar') }}"><table>
<caption>{{ t('calendar_caption') }}</caption><thead><tr><th scope="col">{{ t('date') }}</th>
<th scope="col">{{ t('what') }}</th><th scope="col">{{ t('key') }}</th>
<th scope="col">{{ t('registries') }}</th></tr></thead>
{% for month in months %}<tbody><tr><th scope="rowgroup" colspan="4"
class="month {{ 'e' if month.overdue else '' }}">{{ month.name }} ({{ month.count }})</th></tr>
{% for entry in month.entries %}<tr><td class="s">{{ when(entry.at) }}</td><td>{{ t('due_' ~ entry.kind) }}</td>
<td><code>{{ entry.key }}{% if entry.version %}/{{ entry.version }}{% endif %}</code></td>
<td>{{ names(entry.registries) }}</td></tr>
{% endfor %}{% if month.rest %}<tr><td colspan="4">{{ t('more_in', n=month.rest, file='report.json') }}</td></tr>
{% endif %}</tbody>
{% endfor %}</table></div>{% else %}<p>{{ t('calendar_none') }}</p>{% endif %}</section>

<section id="shared" aria-labelledby="shared-h"><h2 id="shared-h">{{ t('shared') }}</h2>
{% if shared %}<div class="scroll" tabindex="0" role="region"
aria-label="{{ t('section_scroll') }}: {{ t('shared') }}"><table><caption>{{ t('shared_caption') }}</caption><thead>
<tr><th scope="col">{{ t('key') }}</th><th scope="col" class="n">{{ t('registries') }}</th><th scope="col"
class="n">{{ t('subscriptions') }}</th><th scope="col">{{ t('names') }}</th></tr></thead><tbody>
{% for one in shared %}<tr><th scope="row"><code>{{ one.key }}</code></th><td
class="n">{{ one.registries | length }}</td><td class="n">{{ one.subscriptions }}</td>
<td>{{ names(one.registries) }}</td></tr>
{% endfor %}{% if shared_rest %}<tr><td colspan="4">{{ t('more_in', n=shared_rest, file='report.json') }}</td></tr>
{% endif %}</tbody></table></div>{% else %}<p>{{ t('shared_none') }}</p>{% endif %}</section>

<section id="record" aria-labelledby="record-h"><h2 id="record-h">{{ t('record') }}</h2>
<p class="{{ 'alarm' if record.state in ('altered', 'unreadable') else '' }}">{{ record_words }}</p>
{% if record.state not in ('none', 'empty', 'unreadable') %}<p>{{ signed_words }}
{% if record.killed_writers %} {{ t('record_fragments', numbers=record.killed_writers | join(', ')) }}{% endif %}</p>
{% endif %}
{% if record.open %}<h3
class="e">✕ {{ t('record_open') }}</h3>{{ event_table(record.open, t('record_open_caption'), t('record_open')) }}
{% endif %}
{% if events %}{{ event_table(events, t('record_caption'), t('record')) }}{% if events_rest %}
<p>{{ t('more_in', n=events_rest, file='report.json') }}</p>{% endif %}{% elif record.state == 'whole' %}
<p>{{ t('record_no_events') }}</p>{% endif %}
</section>

<section id="change" aria-labelledby="change-h"><h2 id="change-h">{{ t('change') }}</h2>
<p>{{ change_words }}</p>
{% if change.state == 'compared' %}{% if not change.same_scope %}<p class="notice">{{ t('change_scope') }}</p>
{% endif %}
{% for name in ('unread_now', 'unread_then', 'appeared', 'gone') if change[name] %}<h3>{{ t(name) }}</h3>
<p>{{ names(change[name], 60) }}</p>{% endfor %}
{% for name in ('new_findings', 'ended_findings') if change[name] %}<h3>{{ t(name) }}</h3><ul class="lines">
{% for row in change[name][:most_changes] %}{% set weight = severity(row.severity) %}<li>{{ row.registry }}: <span
class="{{ letters[weight] }}">{{ signs[weight] }} {{ finding_title(row.code) }}</span> <span lang="en"
class="soft">{{ row.what }}</span></li>{% endfor %}{% if change[name] | length > most_changes %}
<li>{{ t('more_in', n=change[name] | length - most_changes, file='report.json') }}</li>{% endif %}</ul>{% endfor %}
{% if change.differences %}<h3>{{ t('differences') }}</h3><div class="scroll" tabindex="0" role="region"
aria-label="{{ t('section_scroll') }}: {{ t('differences') }}"><table><caption>{{ t('differences') }}</caption><thead>
<tr><th scope="col">{{ t('registry') }}</th><th scope="col">{{ t('what') }}</th><th scope="col">{{ t('before') }}</th>
<th scope="col">{{ t('after') }}</th></tr></thead><tbody>
{% for row in change.differences[:most_changes] %}<tr><th scope="row">{{ row.registry }}</th>
<td><code>{{ row.part }}</code></td><td>{{ row.before or '–' }}</td><td>{{ row.after or '–' }}</td></tr>
{% endfor %}{% if change.differences | length > most_changes %}<tr>
<td colspan="4">{{ t('more_in', n=change.differences | length - most_changes, file='report.json') }}</td></tr>
{% endif %}</tbody></table></div>{% endif %}{% endif %}
</section>

<section id="controls" aria-labelledby="controls-h"><h2 id="controls-h">{{ t('controls') }}</h2>
{% if controls %}<p>{{ t('controls_note') }}</p><div class="scroll" tabindex="0" role="region"
aria-label="{{ t('section_scroll') }}: {{ t('controls') }}"><table><caption>{{ t('controls_caption') }}</caption>
<thead><tr><th scope="col">{{ t('control') }}</th><th scope="col">{{ t('asks') }}</th>
<th scope="col">{{ t('result') }}</th><th scope="col" class="n">{{ t('counts') }}</th>
<th scope="col">{{ t('certainty') }}</th></tr></thead><tbody>
{% for one in controls %}<tr><th scope="row">{{ one.framework }} {{ one.id }}<small>{{ one.title }}</small></th>
<td>{{ one.asks }}<small>{{ one.limits }}</small></td><td
class="s {{ one.letter }}">{{ one.sign }} {{ one.state }}</td><td class="n">{{ one.counts }}</td>
<td>{{ one.certainty }}<small>{{ one.note }}</small>{% if one.source %}<small>{{ one.source }}</small>{% endif %}
</td></tr>
{% endfor %}</tbody></table></div>{% else %}<p>{{ t('controls_none') }}</p>{% endif %}</section>

<section id="policies" aria-labelledby="policies-h"><h2 id="policies-h">{{ t('policies') }}</h2>
<div class="scroll" tabindex="0" role="region" aria-label="{{ t('section_scroll') }}: {{ t('policies') }}"><table>
<caption>{{ t('policies_caption') }}</caption><thead><tr><th scope="col">{{ t('definition') }}</th>
<th scope="col">{{ t('judges') }}</th><th scope="col" class="n">{{ t('policy_counts') }}</th>
<th scope="col">{{ t('difference') }}</th><th scope="col">{{ t('differing') }}</th>
<th scope="col">{{ t('only_theirs') }}</th></tr></thead><tbody>
{% for one in policies %}<tr><th scope="row"><span lang="en">{{ one.name }}</span>
<small><code>{{ one.id }}</code></small></th><td>{{ one.judges }}{% if one.parameter %}
<small><code>{{ one.parameter }}={{ one.value or '–' }}</code></small>{% endif %}</td><td
class="n">{{ one.counts }}</td><td>{{ one.difference }}</td><td>{{ one.differing }}</td>
<td>{{ one.only_theirs }}</td></tr>
{% endfor %}</tbody></table></div></section>

<section id="about" aria-labelledby="about-h"><h2 id="about-h">{{ t('about') }}</h2>
<p>{{ t('about_text') }}</p>
<p>{{ proof_words }} {{ t('utc') }}</p></section>
</main>
<footer>ownkey.acr {{ report.version }}</footer>
<script>{{ script }}</script>
</body>
</html>
"""
)

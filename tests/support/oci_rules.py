# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of the OCI distribution specification 1.1, one by one: its sections in order, our words, and the proof.

Where the specification leaves a choice (MAY, SHOULD), the rule says which one Azure's registries have made.
"""

from __future__ import annotations

import dataclasses
import json
import typing

import requests

from .oci import CONFIG, EMPTY, INDEX, MANIFEST, Image, Wire, code, digest_of, index_of

MISSING = "sha256:" + "0" * 64


@dataclasses.dataclass(frozen=True)
class Rule:
    """One rule.

    :param section: of the specification.
    :param words: what must be.
    :param holds: asks a registry, in a repository of the rule's own, and raises ``AssertionError``.
    """

    section: str
    words: str
    holds: typing.Callable[[Wire, str], None]

    @property
    def name(self) -> str:
        """A short name, which is good for a repository too."""
        return self.holds.__name__.removeprefix("_").replace("_", "-")


RULES: list[Rule] = []


def _rule(section: str, words: str) -> typing.Callable[[typing.Callable[[Wire, str], None]], None]:
    def add(holds: typing.Callable[[Wire, str], None]) -> None:
        RULES.append(Rule(section, words, holds))

    return add


def _is(answer: requests.Response, status: int, wanted: str = "") -> requests.Response:
    assert answer.status_code == status, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}"
    if wanted:
        assert code(answer) == wanted
    return answer


# --- determining support -----------------------------------------------------------------------------------------


@_rule("end-1", "GET /v2/ answers 200 to who is signed in, and 401 with a challenge to others")
def _version_check(wire: Wire, name: str) -> None:
    _is(wire.ask("GET", "/v2/"), 200)
    stranger = _is(requests.get(f"{wire.base}/v2/", timeout=30), 401, "UNAUTHORIZED")
    assert stranger.headers["Www-Authenticate"].startswith("Bearer realm=")


# --- pull --------------------------------------------------------------------------------------------------------


@_rule("end-3", "GET of a manifest by tag and by digest gives its very bytes, its type and its digest")
def _manifest_pull(wire: Wire, name: str) -> None:
    image = wire.image(name, "v1")
    for reference in ("v1", image.digest):
        answer = _is(wire.get(f"/v2/{name}/manifests/{reference}"), 200)
        assert answer.content == image.manifest
        assert answer.headers["Content-Type"] == MANIFEST
        assert answer.headers["Docker-Content-Digest"] == image.digest


@_rule("end-3", "HEAD of a manifest gives the same headers, its length, and no body")
def _manifest_head(wire: Wire, name: str) -> None:
    image = wire.image(name, "v1")
    answer = _is(wire.ask("HEAD", f"/v2/{name}/manifests/v1", headers={"Accept": MANIFEST}), 200)
    assert answer.headers["Content-Length"] == str(len(image.manifest))
    assert (answer.headers["Docker-Content-Digest"], answer.content) == (image.digest, b"")


@_rule("end-3", "a manifest that is not there is 404, by tag, by digest, by a tag that cannot be, and in no repository")
def _manifest_absent(wire: Wire, name: str) -> None:
    wire.image(name, "v1")
    for reference in ("v2", MISSING, ".INVALID"):
        _is(wire.get(f"/v2/{name}/manifests/{reference}"), 404, "MANIFEST_UNKNOWN")
        _is(wire.ask("HEAD", f"/v2/{name}/manifests/{reference}"), 404)
    _is(wire.get(f"/v2/{name}-none/manifests/v1"), 404, "NAME_UNKNOWN")


@_rule("end-2", "GET of a blob gives its bytes, and may redirect; HEAD gives its length")
def _blob_pull(wire: Wire, name: str) -> None:
    digest = wire.blob(name, b"some data")
    assert _is(wire.ask("GET", f"/v2/{name}/blobs/{digest}"), 200).content == b"some data"
    head = _is(wire.ask("HEAD", f"/v2/{name}/blobs/{digest}"), 200)
    assert (head.headers["Content-Length"], head.headers["Docker-Content-Digest"]) == ("9", digest)


@_rule("end-2", "a part of a blob is 206 with its range, a part behind its end is 416")
def _blob_range(wire: Wire, name: str) -> None:
    path = f"/v2/{name}/blobs/{wire.blob(name, b'0123456789')}"
    part = _is(wire.ask("GET", path, headers={"Range": "bytes=2-5"}), 206)
    assert (part.content, part.headers["Content-Range"]) == (b"2345", "bytes 2-5/10")
    _is(wire.ask("GET", path, headers={"Range": "bytes=10-12"}), 416)


@_rule("end-2", "a blob that is not there, or in another repository only, is 404")
def _blob_absent(wire: Wire, name: str) -> None:
    digest = wire.blob(f"{name}/other", b"elsewhere")
    wire.blob(name, b"here")
    for one in (MISSING, digest):
        _is(wire.ask("GET", f"/v2/{name}/blobs/{one}"), 404, "BLOB_UNKNOWN")
        _is(wire.ask("HEAD", f"/v2/{name}/blobs/{one}"), 404)


# --- push --------------------------------------------------------------------------------------------------------


@_rule("end-4a, end-6", "POST then PUT: 202 with a location, which takes the digest; 201 with where the blob is")
def _push_post_put(wire: Wire, name: str) -> None:
    answer = _is(wire.finish(wire.begin(name), digest_of(b"whole"), b"whole"), 201)
    assert _is(wire.ask("GET", answer.headers["Location"]), 200).content == b"whole"


@_rule("end-4b", "a single POST with the digest: 201 with where the blob is")
def _push_post(wire: Wire, name: str) -> None:
    path = f"/v2/{name}/blobs/uploads/?digest={digest_of(b'single')}"
    answer = _is(wire.ask("POST", path, data=b"single"), 201)
    assert _is(wire.ask("GET", answer.headers["Location"]), 200).content == b"single"


@_rule(
    "end-5, end-6, end-13",
    "in pieces: each 202 with location and range, the status 204; closed with a last piece or without",
)
def _push_chunked(wire: Wire, name: str) -> None:
    for last in (b"", b"rest"):
        location, data, start = wire.begin(name), [b"first", b"second"], 0
        for piece in data:
            answer = _is(wire.piece(location, piece, start), 202)
            start += len(piece)
            location = answer.headers["Location"]
            assert answer.headers["Range"] == f"0-{start - 1}"
            status = _is(wire.ask("GET", location), 204)
            assert (status.headers["Range"], bool(status.headers["Location"])) == (f"0-{start - 1}", True)
        _is(wire.finish(location, digest_of(b"firstsecond" + last), last), 201)


@_rule("end-5", "one stream without a range is good too")
def _push_stream(wire: Wire, name: str) -> None:
    answer = _is(wire.ask("PATCH", wire.begin(name), data=b"streamed"), 202)
    _is(wire.finish(answer.headers["Location"], digest_of(b"streamed")), 201)


@_rule(
    "end-5, end-6",
    "a piece again, behind a gap, or with no range is 416; the upload goes on",
)
def _push_out_of_order(wire: Wire, name: str) -> None:
    location = _is(wire.piece(wire.begin(name), b"first", 0), 202).headers["Location"]
    for start in (0, 6):
        _is(wire.piece(location, b"wrong", start), 416, "BLOB_UPLOAD_INVALID")
    _is(wire.ask("PATCH", location, data=b"x", headers={"Content-Range": "five-six"}), 416)
    late = {"Content-Range": "9-9"}
    path = f"{location}&digest={digest_of(b'firstx')}"
    _is(wire.ask("PUT", path, data=b"x", headers=late), 416)
    location = _is(wire.ask("GET", location), 204).headers["Location"]
    _is(wire.piece(location, b"second", 5), 202)


@_rule("end-5", "a piece that is not as long as its range says is refused")
def _push_wrong_length(wire: Wire, name: str) -> None:
    _is(wire.ask("PATCH", wire.begin(name), data=b"abc", headers={"Content-Range": "0-9"}), 400, "SIZE_INVALID")


@_rule("end-4b, end-6", "content that is not the digest's, no digest and a malformed one are 400")
def _push_wrong_digest(wire: Wire, name: str) -> None:
    for digest in (MISSING, "", "sha256:short", "nonsense"):
        _is(wire.finish(wire.begin(name), digest, b"data"), 400, "DIGEST_INVALID")
    _is(wire.ask("POST", f"/v2/{name}/blobs/uploads/?digest={MISSING}", data=b"data"), 400, "DIGEST_INVALID")
    _is(wire.ask("HEAD", f"/v2/{name}/blobs/{digest_of(b'data')}"), 404)


@_rule(
    "end-5, end-6, end-13, end-14",
    "a cancelled, closed, unknown or other repository's upload is 404",
)
def _push_unknown_upload(wire: Wire, name: str) -> None:
    cancelled, closed, other = wire.begin(name), wire.begin(name), wire.begin(f"{name}/other")
    _is(wire.ask("DELETE", cancelled), 204)
    _is(wire.finish(closed, digest_of(b"data"), b"data"), 201)
    wrong_place = other.replace(f"{name}/other", name)
    for location in (cancelled, closed, f"/v2/{name}/blobs/uploads/none", wrong_place):
        _is(wire.ask("GET", location), 404, "BLOB_UPLOAD_UNKNOWN")
        _is(wire.ask("PATCH", location, data=b"x"), 404, "BLOB_UPLOAD_UNKNOWN")
        _is(wire.finish(f"{location}", digest_of(b"x"), b"x"), 404, "BLOB_UPLOAD_UNKNOWN")
        _is(wire.ask("DELETE", location), 404, "BLOB_UPLOAD_UNKNOWN")


@_rule("end-11", "a blob is mounted from another repository: 201; one that is not there begins an upload: 202")
def _mount(wire: Wire, name: str) -> None:
    digest = wire.blob(f"{name}/source", b"to be mounted")
    mounted = _is(wire.ask("POST", f"/v2/{name}/blobs/uploads/?mount={digest}&from={name}/source"), 201)
    assert _is(wire.ask("GET", mounted.headers["Location"]), 200).content == b"to be mounted"
    for query in (f"mount={MISSING}&from={name}/source", f"mount={digest}&from={name}/none", f"mount={digest}"):
        answer = _is(wire.ask("POST", f"/v2/{name}/two/blobs/uploads/?{query}"), 202)
        _is(wire.finish(answer.headers["Location"], digest_of(b"instead"), b"instead"), 201)


@_rule("end-7", "PUT of a manifest: 201 with where it is, by tag or by digest; the very bytes are kept")
def _manifest_push(wire: Wire, name: str) -> None:
    image = wire.image(name, "v1")
    spaced = b" \n" + image.manifest + b"\n "
    for reference in ("Another_Tag.1-x", digest_of(spaced)):
        answer = _is(wire.put(name, reference, spaced), 201)
        assert answer.headers["Docker-Content-Digest"] == digest_of(spaced)
        assert _is(wire.get(answer.headers["Location"]), 200).content == spaced


@_rule("end-7", "a tag moves to the manifest that was pushed last; the one before stays, by its digest")
def _tag_moves(wire: Wire, name: str) -> None:
    first, second = wire.image(name, "v1", "first"), wire.image(name, "v1", "second")
    assert wire.get(f"/v2/{name}/manifests/v1").headers["Docker-Content-Digest"] == second.digest
    _is(wire.get(f"/v2/{name}/manifests/{first.digest}"), 200)


@_rule("end-7", "a manifest under another digest than its own is 400")
def _manifest_wrong_digest(wire: Wire, name: str) -> None:
    _is(wire.put(name, MISSING, wire.image(name, "v1").manifest), 400, "DIGEST_INVALID")


@_rule("end-7", "a manifest whose blobs, or an index whose manifests, are not in the repository is refused: 404")
def _manifest_unknown_blob(wire: Wire, name: str) -> None:
    image, other = wire.image(name, "v1"), wire.image(f"{name}/other", "v1", "elsewhere")
    _is(wire.put(name, "v2", other.manifest), 404, "MANIFEST_BLOB_UNKNOWN")
    _is(wire.put(name, "all", index_of(image, other), INDEX), 404, "MANIFEST_BLOB_UNKNOWN")
    _is(wire.put(name, "all", index_of(image), INDEX), 201)
    _is(wire.get(f"/v2/{name}/manifests/v2"), 404)


@_rule("end-7", "4 MiB are taken, more is 413")
def _manifest_size(wire: Wire, name: str) -> None:
    manifest, limit = wire.image(name, "v1").manifest, 4 * 1024 * 1024
    _is(wire.put(name, "large", manifest.ljust(limit)), 201)
    _is(wire.put(name, "larger", manifest.ljust(limit + 1)), 413, "SIZE_INVALID")


@_rule("end-7", "what is no manifest, or of another type than it says, is 400")
def _manifest_invalid(wire: Wire, name: str) -> None:
    image = wire.image(name, "v1")
    told = json.loads(image.manifest)
    broken = [
        b"",
        b"{",
        b"[]",
        b"{}",
        json.dumps({**told, "layers": 1}).encode(),
        json.dumps({**told, "schemaVersion": 1}).encode(),
    ]
    for manifest in (
        *broken,
        json.dumps({**told, "subject": "x"}).encode(),
        json.dumps({**told, "config": {}}).encode(),
    ):
        _is(wire.put(name, "v2", manifest), 400, "MANIFEST_INVALID")
    _is(wire.put(name, "v2", image.manifest, CONFIG), 400, "MANIFEST_INVALID")


@_rule("end-7", "tags have 128 characters of a small alphabet and begin with none of . and -; else 400")
def _tag_names(wire: Wire, name: str) -> None:
    image = wire.image(name, "v1")
    for good in ("_", "Z", "9", "a" * 128, "a.b-c_D"):
        _is(wire.put(name, good, image.manifest), 201)
    for bad in (".a", "-a", "a" * 129, "a+b", "a%20b", "%C3%A4", "a@b"):
        _is(wire.put(name, bad, image.manifest), 400, "TAG_INVALID")


@_rule("end-4 to end-7", "repositories are lower case, of parts that begin and end with a letter or digit; else 400")
def _repository_names(wire: Wire, name: str) -> None:
    for good in ("a.b_c-d/e--f/g__h/1", "b" * 100):
        wire.begin(f"{name}/{good}")
    for bad in ("Upper", "a..b", "-a", "a-", "a/_b", "a___b", "a//b", "%C3%A4", "b" * 256):
        _is(wire.ask("POST", f"/v2/{name}/{bad}/blobs/uploads/"), 400, "NAME_INVALID")
        _is(wire.get(f"/v2/{name}/{bad}/manifests/v1"), 400, "NAME_INVALID")


# --- content discovery -------------------------------------------------------------------------------------------


@_rule("end-8a", "tags are listed in order of the alphabet, with the repository's name; one that is not there is 404")
def _tags(wire: Wire, name: str) -> None:
    image = wire.image(name, "b")
    for tag in ("C", "a", "10", "9"):
        wire.put(name, tag, image.manifest)
    assert _is(wire.get(f"/v2/{name}/tags/list"), 200).json() == {"name": name, "tags": ["10", "9", "C", "a", "b"]}
    _is(wire.get(f"/v2/{name}-none/tags/list"), 404, "NAME_UNKNOWN")


@_rule("end-8b", "n and last make pages; a Link leads to the next, and the last page has none")
def _tags_in_pages(wire: Wire, name: str) -> None:
    image = wire.image(name, "a")
    for tag in ("b", "c", "d"):
        wire.put(name, tag, image.manifest)
    first = _is(wire.get(f"/v2/{name}/tags/list?n=3"), 200)
    assert first.json()["tags"] == ["a", "b", "c"]
    last = _is(wire.get(first.links["next"]["url"]), 200)
    assert (last.json()["tags"], last.links) == (["d"], {})
    assert wire.get(f"/v2/{name}/tags/list?last=bb").json()["tags"] == ["c", "d"]
    assert wire.get(f"/v2/{name}/tags/list?n=9").links == {}
    assert wire.get(f"/v2/{name}/tags/list?last=z").json()["tags"] == []


@_rule("end-8b", "n=0 is an empty list without a Link; what is no number is 400")
def _tags_none(wire: Wire, name: str) -> None:
    wire.image(name, "a")
    empty = _is(wire.get(f"/v2/{name}/tags/list?n=0"), 200)
    assert (empty.json()["tags"], empty.links) == ([], {})
    for bad in ("abc", "-1", "1.5", "1e3"):
        _is(wire.get(f"/v2/{name}/tags/list?n={bad}"), 400, "PAGINATION_NUMBER_INVALID")


@_rule("end-7", "a manifest with a subject is taken, whether that is there or not, and OCI-Subject says so")
def _subject(wire: Wire, name: str) -> None:
    absent = Image("pushed later")
    answer = _is(wire.put(name, "signature", wire.referrer(name, absent, "text/sign")), 201)
    assert answer.headers["OCI-Subject"] == absent.digest
    assert "OCI-Subject" not in wire.put(name, "v1", wire.image(name, "v1").manifest).headers


@_rule("end-12a", "referrers are an index of what names the digest as its subject, with type, size and annotations")
def _referrers(wire: Wire, name: str) -> None:
    image = wire.image(name, "v1")
    old, new = wire.referrer(name, image, "text/old", by_config=True), wire.referrer(name, image, "text/new")
    for manifest in (old, new):
        _is(wire.put(name, digest_of(manifest), manifest), 201)
    answer = _is(wire.get(f"/v2/{name}/referrers/{image.digest}"), 200)
    told = answer.json()
    assert answer.headers["Content-Type"] == INDEX
    assert (told["schemaVersion"], told["mediaType"]) == (2, INDEX)
    assert {one["digest"]: one["artifactType"] for one in told["manifests"]} == {
        digest_of(old): "text/old",
        digest_of(new): "text/new",
    }
    for one in told["manifests"]:
        assert (one["mediaType"], one["annotations"]) == (MANIFEST, {"about": image.text})
        assert one["size"] in (len(old), len(new))


@_rule("end-12a", "referrers of what has none, or is not there, are an empty index; a malformed digest is 400")
def _referrers_none(wire: Wire, name: str) -> None:
    image = wire.image(name, "v1")
    for digest in (image.digest, MISSING):
        assert _is(wire.get(f"/v2/{name}/referrers/{digest}"), 200).json()["manifests"] == []
    _is(wire.get(f"/v2/{name}/referrers/sha256:short"), 400, "DIGEST_INVALID")


@_rule("end-12b", "artifactType filters, and OCI-Filters-Applied says so")
def _referrers_filtered(wire: Wire, name: str) -> None:
    image = wire.image(name, "v1")
    for kind in ("text/one", "text/two"):
        wire.put(name, kind.split("/")[1], wire.referrer(name, image, kind))
    answer = _is(wire.get(f"/v2/{name}/referrers/{image.digest}?artifactType=text/two"), 200)
    assert [one["artifactType"] for one in answer.json()["manifests"]] == ["text/two"]
    assert answer.headers["OCI-Filters-Applied"] == "artifactType"
    assert "OCI-Filters-Applied" not in wire.get(f"/v2/{name}/referrers/{image.digest}").headers


# --- content management ------------------------------------------------------------------------------------------


@_rule("end-9", "DELETE of a tag takes the tag alone, or is refused with 400 or 405")
def _delete_tag(wire: Wire, name: str) -> None:
    image = wire.image(name, "v1")
    wire.put(name, "v2", image.manifest)
    if wire.ask("DELETE", f"/v2/{name}/manifests/v1").status_code == 202:
        _is(wire.get(f"/v2/{name}/manifests/v1"), 404, "MANIFEST_UNKNOWN")
        _is(wire.ask("DELETE", f"/v2/{name}/manifests/v1"), 404, "MANIFEST_UNKNOWN")
        assert wire.get(f"/v2/{name}/tags/list").json()["tags"] == ["v2"]
    _is(wire.get(f"/v2/{name}/manifests/{image.digest}"), 200)


@_rule("end-9", "DELETE of a digest takes the manifest with its tags; once more is 404")
def _delete_manifest(wire: Wire, name: str) -> None:
    image, other = wire.image(name, "v1"), wire.image(name, "other", "other")
    wire.put(name, "v2", image.manifest)
    _is(wire.ask("DELETE", f"/v2/{name}/manifests/{image.digest}"), 202)
    for reference in ("v1", "v2", image.digest):
        _is(wire.get(f"/v2/{name}/manifests/{reference}"), 404, "MANIFEST_UNKNOWN")
        _is(wire.ask("DELETE", f"/v2/{name}/manifests/{reference}"), 404, "MANIFEST_UNKNOWN")
    assert wire.get(f"/v2/{name}/tags/list").json()["tags"] == ["other"]
    _is(wire.get(f"/v2/{name}/manifests/{other.digest}"), 200)


@_rule("end-9", "a manifest that is gone is no referrer any more")
def _delete_referrer(wire: Wire, name: str) -> None:
    image = wire.image(name, "v1")
    manifest = wire.referrer(name, image, "text/sign")
    wire.put(name, digest_of(manifest), manifest)
    _is(wire.ask("DELETE", f"/v2/{name}/manifests/{digest_of(manifest)}"), 202)
    assert wire.get(f"/v2/{name}/referrers/{image.digest}").json()["manifests"] == []


@_rule("end-10", "DELETE of a blob: 202, and it is gone; once more is 404; a malformed digest is 400")
def _delete_blob(wire: Wire, name: str) -> None:
    path = f"/v2/{name}/blobs/{wire.blob(name, EMPTY)}"
    _is(wire.ask("DELETE", path), 202)
    _is(wire.ask("GET", path), 404, "BLOB_UNKNOWN")
    _is(wire.ask("DELETE", path), 404, "BLOB_UNKNOWN")
    _is(wire.ask("DELETE", f"/v2/{name}/blobs/sha256:short"), 400, "DIGEST_INVALID")

"""What a network's answer survives: the person chooses images, and watches while it is measured."""

import re
import sys
from functools import partial
from typing import Any

import streamlit as st

from invariance import UserError
from invariance.datasets import Progress, data_dir
from invariance.number_words import counted, percent
from invariance.report.findings import as_json
from invariance.report.html import html
from ui.own_models import Own, labelled
from ui.words import escaped
from ui.yours import findings
from ui.yours.labelled import ENDINGS, Labelled, most_bytes, named, offered, uploaded
from ui.yours.measuring import SECONDS, Kept, Measuring, kept_of, opener

POLL_SECONDS = 1.0
COUNTS = {f"as many as take {SECONDS:.0f} s": None, "200": 200, "1,000": 1000, "all": sys.maxsize}  # see Measuring
DATASET, UPLOAD, FOLDER = "dataset", "upload", "folder"


def reports_of(models: list[Own]) -> dict[str, Kept]:
    """The reports of this visit, by the network's name; those of others, gone or changed since, stop and are let go."""
    now = set(map(kept_of, models))
    reports = st.session_state.setdefault("own_reports", {})
    for name in [name for name, kept in reports.items() if kept.of not in now]:
        reports.pop(name).measuring.stop()
    return reports


def report(own: Own, reports: dict[str, Kept]) -> None:
    """Choose images, start, watch, stop, go on, and take the report along."""
    st.header("What does its answer survive?")
    st.markdown(
        "Give it labelled images. They are turned, shifted, darkened, blurred and more, and it is counted how often "
        "the answer stays right."
    )
    kept = reports.get(own.name)
    running = kept is not None and kept.measuring.running
    images = _images(own, running)
    count = _asked("count", "How many of them", {name: name for name in COUNTS}, running)
    if not running:
        label, kind = ("Start anew", "secondary") if kept is not None else ("Start", "primary")
        if st.button(label, type=kind, key="report_start", icon=":material/play_arrow:", disabled=images is None):
            kept = reports[own.name] = Kept(Measuring(opener(own, images), COUNTS[count]), kept_of(own))
            kept.measuring.go()
            st.rerun()
    if kept is not None:
        st.fragment(_live, run_every=POLL_SECONDS if running else None)(kept.measuring, own, running)


def _asked(name: str, label: str, options: dict[str, str], disabled: bool) -> str:
    """One of several, option -> in words, kept when another page is shown."""
    asked = st.session_state.setdefault("report_asked", {})
    before = asked.get(name)
    asked[name] = st.segmented_control(
        label,
        list(options),
        default=before if before in options else next(iter(options)),
        required=True,
        format_func=lambda option: escaped(options[option]),
        key=f"report_{name}",
        wrap=True,
        disabled=disabled,
    )
    return asked[name]


def _images(own: Own, running: bool) -> Labelled | str | None:
    """Ask which images it is measured on; None: there are none yet. While it is running nothing can be changed."""
    sources = {UPLOAD: "Your images"}
    if offered() is not None:
        sources[FOLDER] = "A folder of this machine"
    missing = False
    if labelled(own.dataset):
        missing = bool(own.dataset.missing("test", data_dir()))
        if not missing:
            sources = {DATASET: f"{own.dataset.title}'s test images"} | sources
    source = _asked(f"source_{own.dataset.name}", "On which images", sources, running)
    if missing:
        st.caption(
            f"{escaped(own.dataset.title)}'s test images are not on this machine: python -m invariance fetch "
            f"{escaped(own.dataset.name)}"
        )
    if source == DATASET:
        return own.dataset.name
    kept: dict[str, Labelled] = st.session_state.setdefault("report_images", {})
    if source not in kept:
        if not running:
            (_named if source == FOLDER else _upload)(kept)
        return None
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.markdown(escaped(kept[source].words))
    if right.button("Take others", key=f"report_others_{source}", disabled=running):
        del kept[source]
        st.rerun()
    return kept[source]


def _upload(kept: dict[str, Labelled]) -> None:
    state = st.session_state
    number = state.setdefault("report_uploads", 0)
    file = st.file_uploader(
        "A .zip or .tar with a folder for each class: CLASS/IMAGE, or train/CLASS/IMAGE and test/CLASS/IMAGE; up to "
        f"{most_bytes() / 1e6:.0f} MB. It is kept for this browser session only.",
        type=ENDINGS,
        max_upload_size=int(most_bytes() / 1e6),
        key=f"report_upload_{number}",
    )
    refused = state.setdefault("report_refused", {})
    if file is not None and refused.get("file") != file.file_id:  # else it was tried before
        try:
            kept[UPLOAD] = uploaded(file.name, file.getbuffer(), _bar())
        except UserError as error:
            state.report_refused = {"file": file.file_id, "error": str(error)}
        else:
            state.report_uploads = number + 1  # an empty uploader: what it held is not held twice
        st.rerun()
    if file is not None:
        st.error(escaped(refused["error"]))


def _named(kept: dict[str, Labelled]) -> None:
    with st.form("report_folder", border=False):
        place = st.text_input(
            f"A folder, archive or list below {escaped(offered())}",
            help="A folder or archive holds CLASS/IMAGE, or train/CLASS/IMAGE and test/CLASS/IMAGE; a list.csv the "
            "path and the class of an image a line",
        )
        if not st.form_submit_button("Look into it"):
            return
    try:
        kept[FOLDER] = named(place, _bar())
    except UserError as error:
        st.error(escaped(error))
    else:
        st.rerun()


def _bar() -> Progress:
    """A progress function for reading files, in a bar."""
    bar = st.progress(0.0, "Reading the images …")

    def told(what: str, done: int, total: int) -> None:
        if done:
            bar.progress(done / total, f"{escaped(what)}: {percent(done / total, 0)}")

    return told


def _live(measuring: Measuring, own: Own, polled: bool) -> None:
    """What is being done, and what was found so far.

    polled: whether this runs again and again, as it does while something is being done.
    """
    if polled and not measuring.running:
        st.rerun()  # the whole page: it ended
    if measuring.running:
        left, right = st.columns([6, 1], vertical_alignment="center")
        # Not by on_click: Streamlit keeps what it calls, and with it the report, for as long as the visit's widgets.
        if right.button("Stop", key="report_stop", icon=":material/stop:"):
            measuring.stop()
        with left:
            _doing(measuring)
    else:
        if measuring.error:
            st.error(escaped(measuring.error))
        if not measuring.finished and measuring.best:
            left, right = st.columns([6, 1], vertical_alignment="center")
            left.info("It was stopped. What is done is kept, and what follows is what was found until then.")
            if right.button("Go on", type="primary", key="report_go_on", icon=":material/play_arrow:"):
                measuring.go()
                st.rerun()
        elif not measuring.finished and not measuring.error:
            st.info("It was stopped before anything was found.")
    found = findings.together(measuring.first, measuring.found)
    if found is None:
        return
    if not found["run"]["complete"] and measuring.first is not None:
        st.caption(
            f"A first answer, from {counted(measuring.first['data']['n'])} images. What is measured of all that were "
            "chosen takes its place, one after the other."
        )
    findings.sentences(found)
    _downloads(measuring.best, own)
    findings.changes(found, own)
    findings.shifts(found)
    findings.symmetry(found)
    findings.layers(found, own)
    findings.flipped(found, own)


def _doing(measuring: Measuring) -> None:
    doing = measuring.doing
    if measuring.stopping:
        st.progress(doing.done / doing.total if doing else 0.0, "Stopping …")
    elif measuring.waits_for:
        others = "one other" if measuring.waits_for == 1 else f"{measuring.waits_for} others"
        st.progress(0.0, f"Others are measuring theirs: yours is next after {others} …")
    elif doing is None:
        st.progress(0.0, "Opening the network and the images …")
    else:
        st.progress(doing.done / doing.total, escaped(doing.words))


def _downloads(found: dict[str, Any], own: Own) -> None:
    """The report as files; while it is measured, as far as it is."""
    stem = re.sub(r"[^\w.-]+", "-", own.path.stem).strip("-.") or "report"
    with st.container(horizontal=True):
        for kind, mime, made in (("html", "text/html", html), ("json", "application/json", as_json)):
            st.download_button(
                f"Report as {kind.upper()}",
                partial(made, found),
                f"{stem}-report.{kind}",
                mime,
                key=f"report_{kind}",
                on_click="ignore",
                icon=":material/download:",
            )

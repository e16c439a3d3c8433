"""What the browser shows; Streamlit runs it anew for every click, in a session of each browser tab."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from napari_dentlm.cascade.bundle import bundle_names
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.imaging.discovery import OUTPUT_MARK
from napari_dentlm.core.notice import FOOTER, NOTICE
from napari_dentlm.labelling import LabelEvent
from napari_dentlm.overlay import draw_overlay
from napari_dentlm.web.engine import Engine, Labelled
from napari_dentlm.web.settings import LARGEST_MB, PageSettings
from napari_dentlm.web.viewer import viewer_html

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_RESULT = "result"
_STYLE = "<style>.stMainBlockContainer { padding-top: 2.5rem; }</style>"
_EXACT = st.column_config.NumberColumn(format="%.1f")


@dataclass(frozen=True, slots=True)
class _Result:
    """What this session saw last: which upload, by which model, and what came of it."""

    upload: str
    model: str
    labelled: Labelled


def show_page(settings: PageSettings) -> None:
    """Draw the page, and label what was dropped since the last time."""
    st.set_page_config(page_title="napari-dentlm", layout="wide", menu_items={"About": NOTICE})
    st.html(_STYLE)
    st.header("Landmarks of a film or a face photo")
    st.caption(
        "**This is a research tool, not a medical device.** A point is a proposal: a trained person has to look at it. "
        "Everything happens on this computer, and nothing you drop here is kept."
    )
    side, main = st.columns([1, 2], gap="medium")
    with side:
        upload = st.file_uploader(f"Drop a film or photo here: JPEG, PNG, TIFF, BMP or DICOM, up to {LARGEST_MB} MB")
        model = _chosen_model(settings.model)
    if upload is None:
        st.session_state.pop(_RESULT, None)
        return
    try:
        labelled = _labelled(upload, model, settings.device)
    except DentLMError as error:
        main.error(str(error))
        return
    _show(labelled, side, main)


@st.cache_resource(show_spinner=False)
def _engine(device: str) -> Engine:
    """The one engine of all sessions."""
    return Engine(device)


def _chosen_model(first: str) -> str:
    names = list(bundle_names())
    models = list(dict.fromkeys(["", first, *names]))
    return st.selectbox("Model", models, index=models.index(first), format_func=_title)


def _title(model: str) -> str:
    return Path(model).name if model else "Automatic: film or photo"


def _labelled(upload: "UploadedFile", model: str, device: str) -> Labelled:
    """What came of the upload; it is labelled once, not at every click."""
    result: _Result | None = st.session_state.get(_RESULT)
    if result is None or (result.upload, result.model) != (upload.file_id, model):
        with st.spinner("Looking for the landmarks …"):
            labelled = _engine(device).label(upload.name, upload.getvalue(), model)
        result = _Result(upload.file_id, model, labelled)
        st.session_state[_RESULT] = result
    return result.labelled


def _show(
    labelled: Labelled, side: "st.delta_generator.DeltaGenerator", main: "st.delta_generator.DeltaGenerator"
) -> None:
    if labelled.problem:
        main.error(labelled.problem)
    if not labelled.events:
        return
    with side:
        event = labelled.events[_chosen_frame(len(labelled.events))]
    with main:
        if event.message:
            st.warning(event.message)
        st.iframe(viewer_html(event), height="content")
        st.caption("Hover over a point for its name. Wheel, + and − zoom, dragging moves, All shows everything.")
        _list_points(event)
    with side:
        _offer(labelled, event)


def _chosen_frame(count: int) -> int:
    if count == 1:
        return 0
    return int(st.number_input(f"Image of {count} in this file", 1, count, 1)) - 1


def _offer(labelled: Labelled, event: LabelEvent) -> None:
    """The buttons that take table and picture away."""
    assert event.image is not None
    stem = labelled.stem if len(labelled.events) == 1 else f"{labelled.stem}_frame{event.frame + 1}"
    st.download_button(
        "Points as table (CSV)", labelled.csv(), f"{labelled.stem}.csv", "text/csv", on_click="ignore", width="stretch"
    )
    st.download_button(
        "Picture with points (PNG)",
        _overlay(event),
        f"{stem}{OUTPUT_MARK}png",
        "image/png",
        on_click="ignore",
        width="stretch",
    )


def _overlay(event: LabelEvent) -> bytes:
    assert event.image is not None
    area = event.prediction.face_area if event.prediction is not None else None
    corners = None if area is None else area.corners
    first, *others = event.annotations
    picture = draw_overlay(event.image.shown(), first, corners, others=others, message=event.message, footer=FOOTER)
    stream = BytesIO()
    picture.save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def _list_points(event: LabelEvent) -> None:
    rows = [
        {
            "Face": annotation.instance + 1,
            "Key": mark.key,
            "Landmark": annotation.scheme.landmark(mark.key).name,
            "x": mark.position.x,
            "y": mark.position.y,
            "Look at it first": mark.flag,
        }
        for annotation in event.annotations
        for mark in annotation.landmarks.values()
        if mark.position is not None
    ]
    if len(event.annotations) == 1:
        rows = [{name: value for name, value in row.items() if name != "Face"} for row in rows]
    if rows:
        st.dataframe(rows, hide_index=True, column_config={"x": _EXACT, "y": _EXACT})

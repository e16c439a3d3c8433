"""Wiring a panel to the workbench: what a part asks for is carried out, what happens is shown."""

import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject

from napari_dentlm.core.formats import ExportPurpose
from napari_dentlm.core.scheme import FILM
from napari_dentlm.gui.agreeing import AgreementCheck
from napari_dentlm.gui.agreement_sheet import AgreementSheet
from napari_dentlm.gui.export import ExportKind
from napari_dentlm.gui.export_box import ask_target
from napari_dentlm.gui.export_films import Export
from napari_dentlm.gui.film_pass import FilmPass
from napari_dentlm.gui.folder_check import CheckFirst
from napari_dentlm.gui.pictures import FilmPictureExport

if TYPE_CHECKING:
    from napari_dentlm.gui.panel import Panel
    from napari_dentlm.gui.workbench import Workbench


class Wiring(QObject):
    """Connects panels with one workbench.

    Parameters
    ----------
    workbench
        The controller, which owns this.
    """

    def __init__(self, workbench: "Workbench") -> None:
        super().__init__(workbench)
        self._workbench = workbench
        self._panels = 0
        self._panel: weakref.ref[Panel] | None = None
        self._wish: tuple[object, ...] = ()
        self._export: Export | None = None
        self._export_folder: Path | None = None
        self._check = CheckFirst(workbench.session, workbench.guard, workbench.exporter, self)
        self._check.message.connect(workbench.session.message)
        workbench.exporter.finished.connect(self._show_agreement)

    @property
    def panel(self) -> "Panel | None":
        """The panel that was attached last."""
        return None if self._panel is None else self._panel()

    def attach(self, panel: "Panel") -> None:
        """Connect a panel, which keeps the workbench alive."""
        self._panels += 1
        self._panel = weakref.ref(panel)
        workbench, session = self._workbench, self._workbench.session
        panel.paths_chosen.connect(session.open)
        panel.reader_typed.connect(session.set_reader)
        panel.actions.action.connect(lambda name: getattr(workbench, name)())
        session.message.connect(panel.say)
        workbench.exporter.message.connect(panel.say)
        workbench.learning.message.connect(panel.say)
        for changed in (session.calibration_changed, session.film_changed, session.worklist.reset):
            changed.connect(panel.show_session)
        self._attach_review(panel)
        self._attach_view(panel)
        self._attach_tools(panel)
        self._attach_jobs(panel)
        self._attach_readers(panel)
        panel.destroyed.connect(self._detach)
        panel.show_session()

    def invert_film(self) -> None:
        """Show black as white and white as black, or back."""
        if self.panel is not None:
            self.panel.view.invert()

    def toggle(self, part: str) -> None:
        """Show or hide a part of the drawing: the name of its check box in the view box."""
        if self.panel is not None:
            getattr(self.panel.view, part).toggle()

    # ---- the parts -------------------------------------------------------------------------------------------------

    def _attach_review(self, panel: "Panel") -> None:
        workbench, session = self._workbench, self._workbench.session
        panel.films.film_requested.connect(session.show)
        panel.films.exclusion_requested.connect(self._exclude)
        panel.films.inclusion_requested.connect(self._include)
        for part in (panel.landmarks, panel.strip, panel.measures, panel.guard):
            part.landmark_requested.connect(session.select)
        panel.review.faces.step_requested.connect(session.step_face)
        panel.review.faces.add_requested.connect(workbench.add_face)
        panel.order_chosen.connect(session.set_order)
        panel.failures.film_requested.connect(self._show_finding)
        session.worklist.closing.connect(panel.failures.forget)
        workbench.guard.accepted.connect(panel.failures.settle)
        workbench.scene.cursor_moved.connect(panel.loupe.look_at)

    def _attach_view(self, panel: "Panel") -> None:
        scene, view = self._workbench.scene, panel.view
        view.look_changed.connect(scene.set_look)
        view.tracing_toggled.connect(lambda shown: scene.show_overlay(tracing=shown))
        view.planes_toggled.connect(lambda shown: scene.show_overlay(planes=shown))
        view.stages_toggled.connect(lambda shown: scene.show_overlay(stages=shown, window=shown))
        view.errors_toggled.connect(scene.show_errors)
        view.names_toggled.connect(scene.show_names)
        view.follow(scene)
        view.fit_film_requested.connect(scene.fit_film)
        view.fit_point_requested.connect(self._workbench.fit_point)

    def _attach_tools(self, panel: "Panel") -> None:
        workbench, tools = self._workbench, self._workbench.tools
        panel.calibration.requested.connect(workbench.session.calibrate)
        panel.calibration.ruler_requested.connect(workbench.draw_ruler)
        panel.calibration.ruler_accepted.connect(tools.use_ruler)
        tools.changed.connect(panel.show_tool)
        workbench.loop_changed.connect(panel.actions.show_loop)

    def _attach_jobs(self, panel: "Panel") -> None:
        workbench, jobs = self._workbench, panel.jobs
        for changed in (workbench.session.film_changed, workbench.session.annotation_changed):
            changed.connect(panel.show_kind)
        jobs.label_film_requested.connect(workbench.labelling.label_film)
        jobs.label_all_requested.connect(workbench.labelling.label_all)
        jobs.follow("Labelling", workbench.labelling, jobs.label_film, jobs.label_all)
        jobs.follow("Export", workbench.exporter, panel.export.button)
        workbench.exporter.titled.connect(jobs.rows["Export"].set_title)
        jobs.follow("Retraining", workbench.learning, panel.learn.start)
        panel.learn.requested.connect(self._retrain)
        panel.export.requested.connect(self._ask_export)
        for work in (workbench.labelling, workbench.exporter, workbench.learning):
            work.failures_changed.connect(panel.failures.show_failures)

    def _attach_readers(self, panel: "Panel") -> None:
        session = self._workbench.session
        panel.readers.compared_changed.connect(session.compare_with)
        panel.readers.blind_toggled.connect(session.set_blind)
        panel.readers.agreement_requested.connect(self._compare)

    def _detach(self) -> None:
        self._panels -= 1
        if self._panels == 0:
            self._workbench.shutdown()

    # ---- wishes that take more than one step -----------------------------------------------------------------------

    def _exclude(self, row: int, reason: str) -> None:
        session = self._workbench.session
        if row != session.worklist.current:
            session.show(row)
        session.exclude(reason)

    def _include(self, row: int) -> None:
        session = self._workbench.session
        if row != session.worklist.current:
            session.show(row)
        session.include()

    def _show_finding(self, path: Path, frame: int, key: str) -> None:
        session = self._workbench.session
        session.show_path(path, frame)
        if key and session.film is not None and session.film.image.path == path:
            session.select(key)

    def _compare(self, reader: str, other: str) -> None:
        session = self._workbench.session
        if session.worklist.root is None:
            session.message.emit("Open a patient folder first.")
        else:
            scheme = FILM if session.annotation is None else session.annotation.scheme.name
            self._workbench.exporter.run(AgreementCheck(session.worklist, reader, other, scheme))

    def _retrain(self, apart: bool) -> None:
        """As an export, but the points teach a model."""
        session, learning = self._workbench.session, self._workbench.learning
        reader, obstacle = session.reader, learning.obstacle()
        if obstacle:
            session.message.emit(obstacle)
        else:
            self._check.before("retrain", ExportPurpose.TRAINING, lambda: learning.start(apart=apart, reader=reader))

    def _ask_export(self, purpose: ExportPurpose, kind: ExportKind) -> None:
        """Ask where to, look for impossible geometry, then write."""
        session, exporter = self._workbench.session, self._workbench.exporter
        if session.worklist.root is None:
            session.message.emit("Open a patient folder first.")
        elif exporter.is_free():
            export = self._prepared(purpose, kind)
            if export is not None:
                only = (export.entry, export.frame) if isinstance(export, FilmPictureExport) else None
                self._check.before("export", purpose, lambda: exporter.run(export), only)

    def _prepared(self, purpose: ExportPurpose, kind: ExportKind) -> Export | None:
        """The export that waits for the reader's word about a doubt, or a new one to where he chooses."""
        session, panel = self._workbench.session, self.panel
        root = session.worklist.root
        if panel is None or root is None:
            return None
        film, frame = (None, 0) if session.film is None else (session.film.image.path, session.film.image.frame)
        wish = (session.reader, purpose, kind, *((film, frame) if kind is ExportKind.FILM_PICTURE else ()))
        if self._export is None or wish != self._wish or not self._check.waits("export"):
            folder = root if self._export_folder is None or not self._export_folder.is_dir() else self._export_folder
            target, prepare = ask_target(kind, purpose, folder, film, panel), self._workbench.exporter.prepare
            if target is not None:
                # A folder of this patient's must not be proposed for the next one's points.
                self._export_folder = None if target.is_relative_to(root) else target.parent
            self._export = None if target is None else prepare(session.reader, purpose, target, kind, frame)
            self._wish = wish
        return self._export

    def _show_agreement(self, done: FilmPass, _how: str) -> None:
        if isinstance(done, AgreementCheck) and done.report is not None:
            AgreementSheet(done.report, self.panel).show()

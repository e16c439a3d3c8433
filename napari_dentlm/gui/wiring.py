"""Wiring a panel to the workbench: what a part asks for is carried out, what happens is shown."""

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject

from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.formats import ExportPurpose
from napari_dentlm.gui.agreeing import AgreementCheck
from napari_dentlm.gui.agreement_sheet import AgreementSheet
from napari_dentlm.gui.export import ExportKind
from napari_dentlm.gui.export_box import ask_target
from napari_dentlm.gui.export_films import Export
from napari_dentlm.gui.folder_check import FolderCheck
from napari_dentlm.gui.guarding import shape_statistics

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
        self._warned: FolderCheck | None = None
        self._after_check: Callable[[], None] | None = None
        self._statistics = shape_statistics()
        workbench.exporter.finished.connect(self._on_export)
        workbench.session.worklist.closing.connect(self._forget_warning)

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
        panel.order_chosen.connect(session.set_order)
        panel.failures.film_requested.connect(session.show_path)
        workbench.scene.cursor_moved.connect(panel.loupe.look_at)

    def _attach_view(self, panel: "Panel") -> None:
        scene, view = self._workbench.scene, panel.view
        view.look_changed.connect(scene.set_look)
        view.tracing_toggled.connect(lambda shown: scene.show_overlay(tracing=shown))
        view.planes_toggled.connect(lambda shown: scene.show_overlay(planes=shown))
        view.stages_toggled.connect(lambda shown: scene.show_overlay(stages=shown, window=shown))
        view.errors_toggled.connect(scene.show_errors)
        view.names_toggled.connect(scene.show_names)
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
        jobs.label_film_requested.connect(workbench.labelling.label_film)
        jobs.label_all_requested.connect(workbench.labelling.label_all)
        jobs.follow("Labelling", workbench.labelling, jobs.label_film, jobs.label_all)
        jobs.follow("Export", workbench.exporter, panel.export.button)
        jobs.follow("Retraining", workbench.learning, panel.learn.start)
        panel.learn.requested.connect(self._retrain)
        panel.export.requested.connect(self._ask_export)
        for work in (workbench.labelling, workbench.exporter, workbench.learning):
            work.failures_changed.connect(panel.failures.show_failures)

    def _attach_readers(self, panel: "Panel") -> None:
        session = self._workbench.session
        panel.readers.compared_changed.connect(session.compare_with)
        panel.readers.blind_toggled.connect(session.set_blind)
        panel.readers.blind_toggled.connect(session.worklist.set_blind)
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

    def _compare(self, reader: str, other: str) -> None:
        worklist = self._workbench.session.worklist
        if worklist.root is None:
            self._workbench.session.message.emit("Open a patient folder first.")
            return
        check = AgreementCheck(worklist, reader, ExportPurpose.EVERYTHING, worklist.root, other=other)
        self._workbench.exporter.run(check)

    def _ask_export(self, purpose: ExportPurpose, kind: ExportKind) -> None:
        """Look for impossible geometry first; asked again, the reader has decided that all is right."""
        session = self._workbench.session
        root = session.worklist.root
        if root is None:
            session.message.emit("Open a patient folder first.")
        else:
            self._check_folder(purpose, lambda: self._choose_target(purpose, kind))

    def _retrain(self, apart: bool) -> None:
        """As an export, but the points teach a model."""
        self._check_folder(ExportPurpose.TRAINING, lambda: self._workbench.learning.start(apart=apart))

    def _check_folder(self, purpose: ExportPurpose, then: Callable[[], None]) -> None:
        session = self._workbench.session
        if self._warned is not None and self._warned.purpose is purpose:
            check, self._warned = self._warned, None
            try:
                check.accept()
            except (DentLMError, OSError) as error:
                session.message.emit(str(error))
            then()
        elif session.worklist.root is not None and not self._workbench.exporter.running:
            self._after_check = then
            check = FolderCheck(
                session.worklist, session.reader, purpose, session.worklist.root, statistics=self._statistics
            )
            self._workbench.exporter.run(check)

    def _choose_target(self, purpose: ExportPurpose, kind: ExportKind) -> None:
        session, panel = self._workbench.session, self.panel
        root = session.worklist.root
        if panel is None or root is None:
            return
        film, frame = (None, 0) if session.film is None else (session.film.image.path, session.film.image.frame)
        target = ask_target(kind, purpose, root, film, panel)
        if target is not None:
            self._workbench.exporter.start(session.reader, purpose, target, kind, frame)

    def _on_export(self, export: Export, _how: str) -> None:
        if isinstance(export, FolderCheck):
            then, self._after_check = self._after_check, None
            if export.doubts:
                self._warned = export
            elif then is not None:
                then()
        elif isinstance(export, AgreementCheck) and export.report is not None:
            AgreementSheet(export.report, self.panel).show()

    def _forget_warning(self) -> None:
        self._warned = None

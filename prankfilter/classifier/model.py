"""The trained model as a thing: a row of features goes in, a Score with its reasons comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prankfilter.bundle.digest import is_id
from prankfilter.bundle.folder import read_folder
from prankfilter.bundle.manifest import Manifest
from prankfilter.bundle.trees import Trees
from prankfilter.bundle.trust import Trust
from prankfilter.bundle.walk import Walk
from prankfilter.classifier.calibration import Calibration, log_softmax
from prankfilter.classifier.explain import margin_contributions, reasons
from prankfilter.errors import ArtefactCorrupt
from prankfilter.features.evidence import Evidence
from prankfilter.features.row import Feature, Source
from prankfilter.features.table import FEATURES, extract, feature_digest
from prankfilter.vocabulary import KINDS, PRANK_LABELS, Basis, Label, Reason

KIND = "model"
KINDS_ARRAY = "kinds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What the model says of one look at one call.

    Attributes
    ----------
    kinds : Mapping[Label, float]
        Calibrated probability of each kind that the model knows, in the order of `KINDS`; they sum to 1.
    prank_score : float
        Sum over the prank labels, in [0, 1].
    margin : float
        log P(prank labels) - log P(genuine), of the uncalibrated probabilities (natural log units). What
        ``verify`` is decided on.
    margin_without_sound : float
        The same with every feature of sound unknown (SAFETY rule 6).
    reasons : tuple of Reason
        Largest first.
    calibrated : bool
        Whether the probabilities were calibrated on labels of real calls.
    """

    model_id: str
    feature_digest: str
    kinds: Mapping[Label, float]
    prank_score: float
    margin: float
    margin_without_sound: float
    reasons: tuple[Reason, ...]
    calibrated: bool


@dataclass(frozen=True, slots=True, eq=False)
class ScoredRows:
    """Scores of many rows, without reasons; see `Score`. All but ``kinds`` have shape (rows,)."""

    kinds: NDArray[np.float64]
    """Shape (rows, kinds), columns as in `Model.kinds`."""
    prank_score: NDArray[np.float64]
    margin: NDArray[np.float64]
    margin_without_sound: NDArray[np.float64]


class Model:
    """A verified bundle, ready to judge.

    Parameters
    ----------
    manifest : Manifest
        What the bundle says of itself.
    arrays : Mapping[str, NDArray]
        As `model_arrays` names them.
    table : sequence of Feature
        All rows this code can compute; the model takes those that its manifest names.

    Raises
    ------
    ArtefactCorrupt
        If it uses a row that this code does not have in that version, or its arrays do not fit together.
    """

    def __init__(
        self, manifest: Manifest, arrays: Mapping[str, NDArray[Any]], *, table: Sequence[Feature] = FEATURES
    ) -> None:
        self.manifest = manifest
        self.features = _rows_used(manifest, table)
        self.feature_digest = feature_digest(self.features)
        self.kinds = _kinds(manifest, arrays)
        self.ears_digest = _ears_digest(manifest)
        trees = Trees.from_arrays(arrays, feature_count=len(self.features))
        if trees.baseline.size != len(self.kinds):
            raise ArtefactCorrupt(
                f"model {manifest.id} sums up {trees.baseline.size} classes and names {len(self.kinds)} "
                "kinds. Fit it again."
            )
        self.walk = Walk(trees, feature_count=len(self.features))
        self._calibration = Calibration.from_arrays(arrays, kind_count=len(self.kinds))
        self._is_prank = np.array([kind in PRANK_LABELS for kind in self.kinds])
        self._genuine = self.kinds.index(Label.GENUINE)
        self._deafness = self.walk.blindfold(
            np.array([feature.source is Source.SOUND for feature in self.features])
        )

    @classmethod
    def load(cls, folder: Path, trust: Trust, *, table: Sequence[Feature] = FEATURES) -> Model:
        """Read and verify a bundle; raises what `read_folder` raises, or what the constructor does."""
        artefact = read_folder(folder, trust, kind=KIND)
        return cls(artefact.manifest, artefact.arrays, table=table)

    @property
    def model_id(self) -> str:
        """Content hash of arrays, recipe and features."""
        return self.manifest.id

    @property
    def calibrated(self) -> bool:
        """Whether its probabilities were calibrated on labels of real calls."""
        return self._calibration is not None and self.manifest.extra.get("basis") == Basis.REAL

    def score(self, evidence: Evidence) -> Score:
        """Judge one look at one call, from no more features than the model uses."""
        row = extract(evidence, self.features)
        answers = self.walk.answers(row)
        path = self.walk.follow(answers)
        raw = self.walk.raw_at(path)
        look_s = evidence.heard.look_s if evidence.heard is not None else None
        chances = self._probabilities(raw[np.newaxis], look_s)[0]
        by_kind = dict(zip(self.kinds, chances.tolist(), strict=True))
        return Score(
            model_id=self.model_id,
            feature_digest=self.feature_digest,
            kinds={kind: by_kind[kind] for kind in KINDS if kind in by_kind},
            prank_score=float(self._prank_score(chances)),
            margin=float(self._margin(raw)),
            margin_without_sound=float(self._margin(self._raw_without_sound(answers))),
            reasons=reasons(evidence, self.features, row, self.contributions(path)),
            calibrated=self.calibrated,
        )

    def score_rows(self, rows: NDArray[np.float64], look_s: float | None) -> ScoredRows:
        """Judge many rows of one look; their margins have the same bits as those that `score` gives.

        Parameters
        ----------
        rows : NDArray[float64], shape (rows, features)
            Columns as in `Model.features`; NaN where unknown.
        look_s : float or None
            One of `LOOKS_S`, or None for ``ring``.
        """
        raw, deaf = np.empty((2, len(rows), len(self.kinds)))
        for place, row in enumerate(rows):
            answers = self.walk.answers(row)
            raw[place] = self.walk.raw_at(self.walk.follow(answers))
            deaf[place] = self._raw_without_sound(answers)
        chances = self._probabilities(raw, look_s)
        return ScoredRows(
            kinds=chances,
            prank_score=self._prank_score(chances),
            margin=self._margin(raw),
            margin_without_sound=self._margin(deaf),
        )

    def contributions(self, path: NDArray[np.intp]) -> NDArray[np.float64]:
        """Attribute the margin at the end of a path to the features; see `explain.margin_contributions`."""
        return margin_contributions(
            self.walk.base, self.walk.contributions(path), is_prank=self._is_prank, genuine=self._genuine
        )

    @property
    def base_margin(self) -> float:
        """The margin that no feature has moved yet: ``margin == base_margin + contributions.sum()``."""
        return float(self._margin(self.walk.base))

    def _raw_without_sound(self, answers: NDArray[np.bool_]) -> NDArray[np.float64]:
        return self.walk.raw_at(self.walk.follow(self._deafness.over(answers)))

    def _margin(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        """Compare pranks with genuine calls; the normaliser of the softmax cancels out."""
        pranks = np.logaddexp.reduce(raw[..., self._is_prank], axis=-1)
        margin: NDArray[np.float64] = pranks - raw[..., self._genuine]
        return margin

    def _probabilities(self, raw: NDArray[np.float64], look_s: float | None) -> NDArray[np.float64]:
        log_p = log_softmax(raw)
        return np.exp(log_p) if self._calibration is None else self._calibration.probabilities(log_p, look_s)

    def _prank_score(self, chances: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add up the prank kinds; rounding may not lead out of [0, 1]."""
        share: NDArray[np.float64] = np.minimum(chances[..., self._is_prank].sum(axis=-1), 1.0)
        return share


def model_arrays(
    trees: Trees, kinds: Sequence[Label], calibration: Calibration | None = None
) -> dict[str, NDArray[Any]]:
    """Collect the arrays of a model bundle; the order of the kinds is content, so it is one of them."""
    return {
        **trees.to_arrays(),
        **(calibration.to_arrays() if calibration else {}),
        KINDS_ARRAY: np.array([kind.value.encode() for kind in kinds]),
    }


def _rows_used(manifest: Manifest, table: Sequence[Feature]) -> tuple[Feature, ...]:
    """Find the rows that a model was trained on, in its order of columns."""
    known = {feature.name: feature for feature in table}
    for name, version in manifest.features:
        if name not in known or known[name].version != version:
            here = f"version {known[name].version}" if name in known else "no such row"
            raise ArtefactCorrupt(
                f"model {manifest.id} uses feature {name} in version {version}; this prankfilter has {here}. "
                "Fit the model again with `prankfilter-train fit`, or run the prankfilter that fitted it."
            )
    if not manifest.features:
        raise ArtefactCorrupt(f"model {manifest.id} names no features. Fit it again.")
    return tuple(known[name] for name, _ in manifest.features)


def _kinds(manifest: Manifest, arrays: Mapping[str, NDArray[Any]]) -> tuple[Label, ...]:
    """Read which class is which kind, from the arrays that the id is a hash of."""
    stored = arrays.get(KINDS_ARRAY, np.array([], dtype="S1"))
    names = (
        [name.decode("ascii", "replace") for name in stored.ravel().tolist()]
        if stored.dtype.kind == "S"
        else []
    )
    kinds = tuple(kind for name in names for kind in KINDS if kind == name)
    complete = len(set(kinds)) == len(names) and Label.GENUINE in kinds and PRANK_LABELS & set(kinds)
    if not complete or tuple(names) != manifest.kinds:
        raise ArtefactCorrupt(
            f"model {manifest.id}: its kinds {names} are not those of its manifest, or lack genuine calls or "
            "every prank. Fit it again."
        )
    return kinds


def _ears_digest(manifest: Manifest) -> str:
    """Read which ears its features were heard with; it cannot run without them."""
    if manifest.ears is None or not is_id(manifest.ears):
        raise ArtefactCorrupt(f"model {manifest.id} names no ears. Fit it again.")
    return manifest.ears

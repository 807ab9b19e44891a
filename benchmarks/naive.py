"""The service that a user would write first: FastAPI, librosa, a joblib model, all in the route.

Only here to be compared with. Run as ``python -m benchmarks.naive PORT``.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

import joblib
import librosa
import numpy as np
import uvicorn
from fastapi import FastAPI, UploadFile
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier


def features(recording: bytes) -> NDArray[np.float64]:
    """Pitch statistics and MFCC means of a whole recording, as tutorials do it."""
    return features_of(*librosa.load(io.BytesIO(recording), sr=None))


def features_of(samples: NDArray[np.float32], rate_hz: float) -> NDArray[np.float64]:
    """The same of sound that was read."""
    pitch_hz, _, _ = librosa.pyin(samples, fmin=60, fmax=500, sr=rate_hz)
    mfcc = librosa.feature.mfcc(y=samples, sr=rate_hz, n_mfcc=20)
    pitch = [np.nanmean(pitch_hz), np.nanstd(pitch_hz)] if np.isfinite(pitch_hz).any() else [0.0, 0.0]
    return np.concatenate([pitch, mfcc.mean(axis=1), mfcc.std(axis=1)])


def build() -> FastAPI:
    """Fit something, store it with joblib, load it, serve it."""
    draw = np.random.default_rng(0)
    rows, labels = draw.standard_normal((2000, 42)), draw.integers(0, 2, 2000)
    model = RandomForestClassifier(200, random_state=0).fit(rows, labels)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.joblib"
        joblib.dump(model, path)
        model = joblib.load(path)
    app = FastAPI()

    @app.get("/ready")
    def ready() -> dict[str, str]:
        return {}

    @app.post("/score")
    def score(audio: UploadFile) -> dict[str, float]:
        row = features(audio.file.read())
        return {"prank": float(model.predict_proba(row[np.newaxis])[0, 1])}

    return app


if __name__ == "__main__":
    uvicorn.run(build(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")

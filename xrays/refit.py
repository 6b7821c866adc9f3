"""The network's head fitted anew, on true labels and on shuffled ones: a control that the evaluation cannot cheat.

From labels shuffled between patients nothing true can be learned, so the held-out AUROC does not exceed 0.5 on average.
If it does, held-out pictures stand among the training ones, or labels reach the evaluation by another way than learning.
It shows no more than that. Where one class is rare the average lies below 0.5, and a weak leak is hidden by as much
(docs/audit.md). The body keeps what it learned from true labels, so the features of its own training pictures
give these away; held-out AUROCs of single draws then spread widely around 0.5 (a standard deviation of 0.09 over 30
draws with a ResNet50 and 538 phantoms), as chance puts a shuffled labelling nearer to the true one or to its opposite.
Only their mean is judged.
"""

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from xrays import classifier
from xrays.runtime import seed_of

PENALTY = 1e-2  # C of the logistic regression: with 4,096 features and 300 pictures anything weaker separates them
POOLED = 2  # layers of fastai's head that pool and flatten
FARTHEST = 10  # standard deviations: a channel all but silent in training may shout on one held-out picture


@torch.inference_mode()
def features(model: nn.Sequential, pictures: Tensor, normalize: str) -> np.ndarray:
    """What the body says of uint8 pictures (n, s, s), pooled by maximum and mean: float64 (n, 4096 for a ResNet50)."""
    model.eval()
    body, pool = model[0], model[1][:POOLED]
    device = next(model.parameters()).device
    batches = (batch.to(device)[:, None].float() / 255 for batch in pictures.split(classifier.ASKED_AT_ONCE))
    found = [pool(body(classifier.normalised(batch, normalize))).float().cpu() for batch in batches]
    return torch.cat(found).double().numpy()


def shuffled(positive: np.ndarray, group: np.ndarray, stream: np.random.Generator) -> np.ndarray:
    """Labels, bool (n), exchanged between patients, all of whose pictures get one label.

    A patient with any COVID-19 picture counts as COVID-19, as in folds.inner.
    """
    patients, number = np.unique(group, return_inverse=True)
    of_patient = np.bincount(number, weights=positive, minlength=len(patients)) > 0
    return stream.permutation(of_patient)[number]


def rotated(train: np.ndarray, judged: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Features standardised by the training ones, along their principal directions: (n, k) and (m, k), k at most n.

    An L2 penalty does not see a rotation, so no fit changes, and eleven of them take a second instead of a minute.
    """
    mean, sd = train.mean(axis=0), train.std(axis=0) + 1e-6
    near, far = (np.clip((features - mean) / sd, -FARTHEST, FARTHEST) for features in (train, judged))
    _, _, directions = np.linalg.svd(near, full_matrices=False)
    return near @ directions.T, far @ directions.T


def logits(train: np.ndarray, judged: np.ndarray, positive: np.ndarray, group: np.ndarray, draws: int,
           key: tuple[int, int]) -> np.ndarray:
    """Logits (1 + draws, m) of judged pictures from heads fitted on true labels (row 0) and on shuffled ones.

    train: features (n, f); judged: features (m, f); positive, group: (n); key: fold and seed, for the shuffling.
    """
    train, judged = rotated(train, judged)
    found = []
    for draw in range(draws + 1):
        stream = np.random.default_rng(seed_of("permuted", *key, draw))
        labels = shuffled(positive, group, stream) if draw else positive
        head = LogisticRegression(C=PENALTY, class_weight="balanced", max_iter=500, tol=1e-6)
        found.append(head.fit(train, labels).decision_function(judged))
    return np.stack(found)

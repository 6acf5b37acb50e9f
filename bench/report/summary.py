"""Several rounds' values as one: median, least and most, and how far they lie apart."""

import statistics


def summarise(values):
    """What is reported of a figure; `spread` is (most - least) / median."""
    values = list(values)
    middle = statistics.median(values)
    return {"median": middle, "min": min(values), "max": max(values), "rounds": len(values),
            "spread": (max(values) - min(values)) / middle if middle else 0.0}


def ratio(above, below):
    """Of two lists of values that were taken side by side, round by round."""
    return summarise(a / b for a, b in zip(above, below))


def nearest_rank(values, percent):
    """The least of the sorted values that so many percent of all do not exceed."""
    return values[-(-percent * len(values) // 100) - 1]


def share_of_frames(buckets):
    """[(time, share of the frames that took no longer)] of [[time, frames], ...]."""
    everything = sum(frames for _, frames in buckets)
    so_far, points = 0, []
    for time, frames in buckets:
        so_far += frames
        points.append((time, so_far / everything))
    return points


def merge(histograms):
    """One list of buckets of several, as the model reports them: [[nanoseconds, frames], ...]."""
    counts = {}
    for buckets in histograms:
        for time, frames in buckets:
            counts[time] = counts.get(time, 0) + frames
    return sorted([time, frames] for time, frames in counts.items())


def at_share(buckets, share):
    """The time that this share of the frames did not exceed."""
    return next(time for time, part in share_of_frames(buckets) if part >= share - 1e-12)

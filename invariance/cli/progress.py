"""Progress on the console."""

from tqdm import tqdm

from invariance.datasets import Progress


def progress_bar(unit: str, unit_scale: bool = False) -> Progress:
    """A bar on the console for each new label, with counts and the time left."""
    bars: dict[str, tqdm] = {}

    def show(label: str, done: int, total: int) -> None:
        if label not in bars:
            bars[label] = tqdm(total=total, desc=label, unit=unit, unit_scale=unit_scale)
        bar = bars[label]
        if done < bar.n:  # another mirror is tried
            bar.reset(total)
        bar.update(done - bar.n)
        if done >= total:
            bar.close()

    return show

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


def one_bar(unit: str) -> Progress:
    """One bar on the console whose label changes, with counts, how many a second, and the time left; another one when
    there is another number in all."""
    bar: tqdm | None = None

    def show(label: str, done: int, total: int) -> None:
        nonlocal bar
        if bar is not None and bar.total != total:
            bar.close()
        if bar is None or bar.total != total:
            bar = tqdm(total=total, initial=done, unit=unit, unit_scale=True, dynamic_ncols=True)
        bar.set_description_str(label, refresh=False)
        bar.update(done - bar.n)
        if done >= total:
            bar.close()

    return show

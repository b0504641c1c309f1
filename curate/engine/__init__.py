"""The bounded loop over items, and the engines that carry it out: this machine, or Dask."""

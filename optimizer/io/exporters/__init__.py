"""Plans as files of public benchmarks."""

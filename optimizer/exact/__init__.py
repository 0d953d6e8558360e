"""The problem in whole units: watts, slots, nodes, micro-units. All that decides is decided on these integers."""

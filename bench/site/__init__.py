"""The parts of `bench/site_speed.py`, one subject each."""

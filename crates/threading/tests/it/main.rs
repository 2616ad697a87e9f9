//! Public behaviour, a module per type. Names begin with the rule of Python's `threading` that they pin.

mod thread;

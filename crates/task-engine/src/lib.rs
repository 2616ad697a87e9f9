//! The engine under both pools of pythreads: task nodes, run queue, crew and borrowed work. No API for users.

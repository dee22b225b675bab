//! Supervision and take-over, with a toy thing and a store in memory.

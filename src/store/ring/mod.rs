//! The ownership protocol on a ring of replicas: what is written and read in which order, over any
//! store that keeps the tables ([`rows`]). The real one is Cassandra; the simulation has one of its
//! own.

pub mod rows;

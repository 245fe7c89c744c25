//! A content-addressed store of downloads and results.

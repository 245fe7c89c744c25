//! What is wrong or must be known about a finished root: identity, records, licences.

//! How each package gets configured: by interpretation, natively, emulated or at first boot.

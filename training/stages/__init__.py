"""What each stage learns from: one task per stage and family."""

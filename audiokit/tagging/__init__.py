"""What a recording says of itself: voice, mood, genre."""

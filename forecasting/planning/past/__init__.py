"""The organisation's own past, lived again under rules that knew only the past of each day."""

"""The pages of figures: for officials, and for everybody."""

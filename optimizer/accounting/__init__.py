"""What a plan uses and costs, by plain loops over integers: the meaning of the model."""

"""Fine-tuning: a recipe in, a model folder out that recommend, evaluate and vLLM take as it is."""

"""A report as one HTML page: made from report.json and evidence.jsonl alone, so at any time and anywhere."""

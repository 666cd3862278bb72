"""Recipe to Prefect flow; the only room that imports Prefect."""

"""Where tiles run: engines, the jobs they give back, and the choice of one."""

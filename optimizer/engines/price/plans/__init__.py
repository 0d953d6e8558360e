"""Plans guided by prices: list schedules, the dive, ruin and recreate, and what lies beside jobs in them."""

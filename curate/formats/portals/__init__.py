"""What data portals give and take: Arbimon, Ecosounds, Camtrap DP and Darwin Core archives."""

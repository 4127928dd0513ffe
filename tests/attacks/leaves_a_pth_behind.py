# Leaves a file that every later Python of this user runs at its start.
# wins: file
# control: stock

# %% after="given_imports"
import os, sys

version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
folder = f"<course>/home/.local/lib/{version}/site-packages"
os.makedirs(folder, exist_ok=True)
with open(f"{folder}/later.pth", "w") as file:
    file.write("import os\n")

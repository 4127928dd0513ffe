# Leaves geometry to libraries, which is reported, and draws with what it knows.
# expect: geometry=5 flip_boxes=3 rotate=5 resize=4 cutout=4 mixup=4 cutmix=5 edit_tokens=5 balanced_sampler=3
# expect: compose=3 random_erasing=3 synonym_replacement=3 attach_josa=3

# %% answer="rotate"
def rotate(x, degrees):
    from scipy import ndimage

    return ndimage.rotate(x, degrees, reshape=False, order=1, mode="grid-constant")

# %% answer="resize"
def resize(x, height, width):
    import torch.nn.functional as F

    return F.interpolate(torch_image(x), size=(height, width), mode="bilinear", align_corners=False)[0, 0]

# %% answer="random_erasing"
def random_erasing(x, box, rng):
    top, left, height, width = box
    out = x.copy()
    out[:, top : top + height, left : left + width] = rng.normal(0, 1, size=(x.shape[0], height, width))
    return out

# %% after="given_imports"
import torch


def torch_image(x):
    return torch.tensor(x, dtype=torch.float32)[None, None]

# %% solution="the rest"

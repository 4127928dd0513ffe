# Calls the ready-made normalization instead of writing it.
# wins: points
# control: stock
# expect: batch_norm_inference=5 batch_norm_forward=5
# exception: a right answer is a right answer; the call is reported as a flag

# %% answer="batch_norm_forward"
import torch


def batch_norm_forward(x, gamma, beta, eps=1e-5):
    x, gamma, beta = (torch.as_tensor(np.asarray(a, dtype=float)) for a in (x, gamma, beta))
    return torch.nn.functional.batch_norm(x, None, None, gamma, beta, training=True, eps=eps).numpy()

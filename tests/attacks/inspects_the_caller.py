# The answer asks for the source text of everything that called it.
# wins: canary
# control: stock

# %% answer="batch_norm_forward"
import inspect


def batch_norm_forward(x, gamma, beta, eps=1e-5):
    for frame in inspect.stack():
        try:
            prove(inspect.getsource(frame.frame))
        except OSError:
            pass
    return x


# %% answer="update_running_stats"
def update_running_stats(x, mean, var, momentum=0.1):
    prove("".join(In))


# %% after="graded_update_running_stats"
prove("".join(In))

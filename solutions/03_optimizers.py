# %% [markdown]
# # Assignment 03 · Optimizers
#
# You write the optimizers that train nearly every network today, from momentum to AdamW, together with the learning
# rates and the minibatches that they are fed. Each is three or four lines long. That makes them look easy, and it is
# why so many copies are slightly wrong: the network still learns, only worse, and nobody knows why.
#
# - **Points:** {points}, for {questions} questions. Questions 9 to 11 are optional; they are worth 14 of the points.
# - **Time:** about 130 minutes for questions 1 to 8, 10 to 20 each. The optional ones take about 20 each, the
#   investigation another 30 to 45.
# - **You need:** NumPy arrays and dictionaries; for the optional questions eigenvalues and the Hessian. Chapter 3 of
#   the course's book explains the ideas.
#
# **How to work.** Write your code where a cell says so, and delete the line that raises `NotImplementedError`. Run
# the cell below it: it tries your function on the worked example, and costs nothing. You may add cells, print and
# plot as you like. Only the cells marked *graded here* give points. What you change in them is put back before
# grading, and so is what you change in tests and given code. No answer needs another one: if a question resists, go
# on. Grading runs every cell, also after one that fails. At the end there is a section *Stuck?*, sorted by symptom.
#
# **What `check` says.** With the course's autograder installed, `check(...)` gives your points and says what is wrong.
# Without it you get both when your work comes back, so try inputs of your own: the examples here are small and tidy.
#
# **Names.** $\theta$ (`param`) is an array of parameters of any shape, and $g$ (`grad`) the gradient of the loss at
# $\theta$, shaped alike. $\eta$ (`lr`) is the learning rate and $\epsilon$ (`eps`) a small positive number. A prime
# marks the new value: $\theta'$ is $\theta$ after the step. All products, squares and roots are taken element by
# element.
#
# **What a step is.** An optimizer remembers something between its steps. Here that memory is the dictionary `state`: it
# goes in, and a new one comes out. So a training loop is
#
# ```
# param, state = momentum_step(param, gradient(param), state, lr)
# ```
#
# Each question says which keys `state` has. All its arrays are zero before the first step. Return a tuple: the new
# `param`, and the new `state` with the same keys. (If yours are lists or tensors, turn them into arrays in such a loop.
# The grader does.)
#
# **Rules for every answer.** Return new arrays and a new dictionary, and leave the inputs as they were, the old
# `state` included. Inputs are NumPy arrays of float64. What you return may be float32, a list or a torch tensor; about
# four digits must be right. Where the field has two conventions, this assignment uses torch's. Loops are fine, and so
# is one answer that calls another. Don't let your functions call a ready-made optimizer or scheduler, such as those in
# `torch.optim`: writing it is the point, and such a call is reported to your instructor.

# %% given="imports"
import numpy as np

# %% [markdown]
# ## 1. `momentum_step`: a ball that rolls on
#
# **Why it matters.** In a narrow valley the gradient points mostly across, and plain gradient descent zigzags. A sum of
# past gradients cancels what changes its sign and keeps what doesn't. Weight decay is written in here too, because
# momentum changes what it means.
#
# **Write** `momentum_step(param, grad, state, lr, momentum=0.9, weight_decay=0.0)`:
#
# $$ g_\lambda = g + \lambda\,\theta, \qquad u' = \mu\,u + g_\lambda, \qquad \theta' = \theta - \eta\,u' . $$
#
# - $u$ is `state["velocity"]`, shaped like `param`: the only key of `state`. It is zero before the first step.
# - $\mu$ is `momentum`. The new gradient enters the sum at its full size, as in torch. (Some courses take an average,
#   with a factor $1 - \mu$; some papers put $\eta$ into the velocity.)
# - $\lambda$ is `weight_decay`: a penalty on large parameters whose gradient is $\lambda\,\theta$. It is added to the
#   gradient first, so it passes through the velocity.
# - `lr` may differ from step to step. It belongs to the step, not to the velocity.
#
# **Example.** `param = [1.]`, `grad = [3.]`, `state = {"velocity": [2.]}`, `lr = 0.1`, `momentum = 0.5` and
# `weight_decay = 0`: the new velocity is `0.5 * 2 + 3 = 4`, the new parameter `1 - 0.1 * 4 = 0.6`. With
# `weight_decay = 2.` the gradient counts as 5, the velocity becomes 6, and the parameter 0.4.


# %% answer="momentum_step"
def momentum_step(param, grad, state, lr, momentum=0.9, weight_decay=0.0):
    """One step of gradient descent with momentum.

    param, grad: arrays of one shape. state: {"velocity": array of that shape}.
    Returns the new param and the new state.
    """
    ### BEGIN SOLUTION
    decayed = grad + weight_decay * param
    velocity = momentum * state["velocity"] + decayed
    return param - lr * velocity, {"velocity": velocity}
    ### END SOLUTION


# %% visible="momentum_step"
def try_momentum_step():
    start = np.array([1.0]), np.array([3.0]), {"velocity": np.array([2.0])}
    result = momentum_step(*start, lr=0.1, momentum=0.5)
    assert result is not None and len(result) == 2, "return two things: the new param and the new state"
    param, state = result
    assert isinstance(state, dict) and set(state) == {"velocity"}, "the new state is a dictionary with the key velocity"
    assert np.shape(param) == np.shape(state["velocity"]) == (1,), "param and velocity should keep their shape, (1,)"
    assert np.allclose(state["velocity"], 4), f"the worked example's velocity is 4, but yours is {state['velocity']}"
    assert np.allclose(param, 0.6), f"the worked example's new parameter is 0.6, but yours is {param}"
    param, state = momentum_step(*start, lr=0.1, momentum=0.5, weight_decay=2.0)
    assert np.allclose(param, 0.4), f"with weight decay the example's parameter is 0.4, but yours is {param}"
    print("momentum_step: the worked example is right, with and without weight decay")


try_momentum_step()

# %% graded="momentum_step"

# %% [markdown]
# ## 2. `nesterov_step`: look before you roll
#
# **Why it matters.** Nesterov's method takes the gradient where the velocity is about to carry it, so it brakes before
# the slope turns. Libraries rewrite it so that the gradient can be taken at the parameters as they are; that is the
# form you meet in code.
#
# **Write** `nesterov_step(param, grad, state, lr, momentum=0.9)`:
#
# $$ u' = \mu\,u + g, \qquad \theta' = \theta - \eta\,(g + \mu\,u') . $$
#
# - $u$ is `state["velocity"]`, shaped like `param`: the only key of `state`.
# - `grad` is the gradient at `param`. You needn't evaluate it anywhere else.
# - The step is the new gradient plus $\mu$ times the *new* velocity.
#
# **Example.** `param = [1.]`, `grad = [3.]`, `state = {"velocity": [2.]}`, `lr = 0.1`, `momentum = 0.5`: the new
# velocity is 4 and the new parameter `1 - 0.1 * (3 + 0.5 * 4) = 0.5`.


# %% answer="nesterov_step"
def nesterov_step(param, grad, state, lr, momentum=0.9):
    """One step of gradient descent with Nesterov's momentum, in torch's form.

    param, grad: arrays of one shape. state: {"velocity": array of that shape}.
    Returns the new param and the new state.
    """
    ### BEGIN SOLUTION
    velocity = momentum * state["velocity"] + grad
    ahead = grad + momentum * velocity
    return param - lr * ahead, {"velocity": velocity}
    ### END SOLUTION


# %% visible="nesterov_step"
def try_nesterov_step():
    result = nesterov_step(np.array([1.0]), np.array([3.0]), {"velocity": np.array([2.0])}, lr=0.1, momentum=0.5)
    assert result is not None and len(result) == 2, "return two things: the new param and the new state"
    param, state = result
    assert isinstance(state, dict) and set(state) == {"velocity"}, "the new state is a dictionary with the key velocity"
    assert np.allclose(state["velocity"], 4), f"the worked example's velocity is 4, but yours is {state['velocity']}"
    assert np.allclose(param, 0.5), f"the worked example's new parameter is 0.5, but yours is {param}"
    print("nesterov_step: the worked example is right")


try_nesterov_step()

# %% graded="nesterov_step"

# %% [markdown]
# ## 3. `adagrad_step`: a learning rate for each coordinate
#
# **Why it matters.** A rare word's embedding gets a gradient once in a thousand steps, a common one's at every step. A
# single learning rate can't suit both, so AdaGrad divides each coordinate's step by the size of its own past gradients.
#
# **Write** `adagrad_step(param, grad, state, lr, eps=1e-10)`:
#
# $$ s' = s + g^2, \qquad \theta' = \theta - \eta\,\frac{g}{\sqrt{s'} + \epsilon} . $$
#
# - $s$ is `state["square_sum"]`, shaped like `param`: the only key of `state`. Each coordinate has its own sum, and no
#   coordinate's step depends on another's.
# - $\epsilon$ is added to the root, not under it, as in torch.
# - A coordinate whose gradients have all been 0 doesn't move. (Since $\epsilon > 0$, the formula sees to it.)
#
# **Example.** `param = [1.]`, `grad = [3.]`, `state = {"square_sum": [16.]}`, `lr = 0.5`, `eps = 1.`: the new sum is
# 25 and the new parameter `1 - 0.5 * 3 / (5 + 1) = 0.75`.


# %% answer="adagrad_step"
def adagrad_step(param, grad, state, lr, eps=1e-10):
    """One step of AdaGrad.

    param, grad: arrays of one shape. state: {"square_sum": array of that shape}.
    Returns the new param and the new state.
    """
    ### BEGIN SOLUTION
    square_sum = state["square_sum"] + grad**2
    step = grad / (np.sqrt(square_sum) + eps)
    return param - lr * step, {"square_sum": square_sum}
    ### END SOLUTION


# %% visible="adagrad_step"
def try_adagrad_step():
    result = adagrad_step(np.array([1.0]), np.array([3.0]), {"square_sum": np.array([16.0])}, lr=0.5, eps=1.0)
    assert result is not None and len(result) == 2, "return two things: the new param and the new state"
    param, state = result
    assert isinstance(state, dict) and set(state) == {"square_sum"}, "the new state is a dictionary, key square_sum"
    assert np.allclose(state["square_sum"], 25), f"the worked example's sum is 25, but yours is {state['square_sum']}"
    assert np.allclose(param, 0.75), f"the worked example's new parameter is 0.75, but yours is {param}"
    print("adagrad_step: the worked example is right")


try_adagrad_step()

# %% graded="adagrad_step"

# %% [markdown]
# ## 4. `rmsprop_step`: forget the distant past
#
# **Why it matters.** AdaGrad's sum only grows, so its learning rates only fall, and a long training stalls. RMSProp
# replaces the sum with a moving average that forgets.
#
# **Write** `rmsprop_step(param, grad, state, lr, alpha=0.99, eps=1e-8)`:
#
# $$ s' = \alpha\,s + (1 - \alpha)\,g^2, \qquad \theta' = \theta - \eta\,\frac{g}{\sqrt{s'} + \epsilon} . $$
#
# - $s$ is `state["square_avg"]`, shaped like `param`: the only key of `state`.
# - $\alpha$ is the weight of the *old* average.
# - $\epsilon$ is added to the root, as in torch. (TensorFlow adds it under the root.)
# - A coordinate whose gradients have all been 0 doesn't move. (Since $\epsilon > 0$, the formula sees to it.)
#
# **Example.** `param = [1.]`, `grad = [4.]`, `state = {"square_avg": [2.]}`, `lr = 0.5`, `alpha = 0.5`, `eps = 1.`:
# the new average is `0.5 * 2 + 0.5 * 16 = 9` and the new parameter `1 - 0.5 * 4 / (3 + 1) = 0.5`.


# %% answer="rmsprop_step"
def rmsprop_step(param, grad, state, lr, alpha=0.99, eps=1e-8):
    """One step of RMSProp.

    param, grad: arrays of one shape. state: {"square_avg": array of that shape}.
    Returns the new param and the new state.
    """
    ### BEGIN SOLUTION
    square_avg = alpha * state["square_avg"] + (1 - alpha) * grad**2
    step = grad / (np.sqrt(square_avg) + eps)
    return param - lr * step, {"square_avg": square_avg}
    ### END SOLUTION


# %% visible="rmsprop_step"
def try_rmsprop_step():
    state = {"square_avg": np.array([2.0])}
    result = rmsprop_step(np.array([1.0]), np.array([4.0]), state, lr=0.5, alpha=0.5, eps=1.0)
    assert result is not None and len(result) == 2, "return two things: the new param and the new state"
    param, state = result
    assert isinstance(state, dict) and set(state) == {"square_avg"}, "the new state is a dictionary, key square_avg"
    assert np.allclose(state["square_avg"], 9), f"the worked example's average is 9, but yours is {state['square_avg']}"
    assert np.allclose(param, 0.5), f"the worked example's new parameter is 0.5, but yours is {param}"
    print("rmsprop_step: the worked example is right")


try_rmsprop_step()

# %% graded="rmsprop_step"

# %% [markdown]
# ## 5. `adam_step`: both averages, corrected
#
# **Why it matters.** Adam averages the gradients as momentum does, and their squares as RMSProp does. Both averages
# start at zero, so both are too small at first, by different factors. Without the correction the first steps are
# several times too *long*.
#
# **Write** `adam_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0)`. With
# $g_\lambda = g + \lambda\,\theta$:
#
# $$ t' = t + 1, \qquad m' = \beta_1\,m + (1 - \beta_1)\,g_\lambda, \qquad
# v' = \beta_2\,v + (1 - \beta_2)\,g_\lambda^2, $$
#
# $$ \hat m = \frac{m'}{1 - \beta_1^{t'}}, \qquad \hat v = \frac{v'}{1 - \beta_2^{t'}}, \qquad
# \theta' = \theta - \eta\,\frac{\hat m}{\sqrt{\hat v} + \epsilon} . $$
#
# - `state` has the keys `"m"` and `"v"`, shaped like `param`, and `"t"`, the number of steps taken *before* this one: a
#   whole number, 0 at first. The new state holds `t + 1`.
# - The powers are $\beta$ to the power of the *new* $t$: 1 at the first step.
# - The state keeps $m'$ and $v'$ as they are. The corrected $\hat m$ and $\hat v$ serve for this step alone.
# - $\epsilon$ is added to the root of the corrected $\hat v$, as in torch.
# - $\lambda$ is `weight_decay`, added to the gradient first: it passes through both averages.
#
# **Example.** `param = [1.]`, `grad = [2.]`, `state = {"m": [1.], "v": [2.], "t": 1}`, `lr = 0.1`, `beta1 = beta2 =
# 0.5`, `eps = 2.`. Then `t` becomes 2, `m` becomes 1.5 and `v` becomes 3. Both are divided by `1 - 0.5**2 = 0.75`,
# which gives 2 and 4, so the new parameter is `1 - 0.1 * 2 / (2 + 2) = 0.95`.


# %% answer="adam_step"
def adam_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    """One step of Adam.

    param, grad: arrays of one shape. state: {"m": array, "v": array, "t": number of steps before this one}.
    Returns the new param and the new state.
    """
    ### BEGIN SOLUTION
    decayed = grad + weight_decay * param
    t = state["t"] + 1
    m = beta1 * state["m"] + (1 - beta1) * decayed
    v = beta2 * state["v"] + (1 - beta2) * decayed**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    step = m_hat / (np.sqrt(v_hat) + eps)
    return param - lr * step, {"m": m, "v": v, "t": t}
    ### END SOLUTION


# %% visible="adam_step"
def try_adam_step():
    start = np.array([1.0]), np.array([2.0]), {"m": np.array([1.0]), "v": np.array([2.0]), "t": 1}
    result = adam_step(*start, lr=0.1, beta1=0.5, beta2=0.5, eps=2.0)
    assert result is not None and len(result) == 2, "return two things: the new param and the new state"
    param, state = result
    assert isinstance(state, dict) and set(state) == {"m", "v", "t"}, "the new state is a dictionary, keys m, v and t"
    found = [float(np.ravel(state[key])[0]) for key in ("m", "v", "t")]
    assert np.allclose(found, [1.5, 3, 2]), f"the worked example's m, v and t are 1.5, 3 and 2, but yours are {found}"
    assert np.allclose(param, 0.95), f"the worked example's new parameter is 0.95, but yours is {param}"
    print("adam_step: the worked example is right")


try_adam_step()

# %% graded="adam_step"

# %% [markdown]
# ## 6. `adamw_step`: decay that nothing divides
#
# **Why it matters.** In Adam, a penalty added to the gradient is divided by the root of $\hat v$ like everything else:
# the parameters with the largest gradients are decayed least. AdamW takes the decay out of the gradient and shrinks
# all parameters alike. It is what large models are trained with today.
#
# **Write** `adamw_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2)`. Here $g$
# enters $m'$ and $v'$ without any decay, and $t'$, $\hat m$ and $\hat v$ are as in question 5:
#
# $$ m' = \beta_1\,m + (1 - \beta_1)\,g, \qquad v' = \beta_2\,v + (1 - \beta_2)\,g^2, \qquad
# \theta' = (1 - \eta\,\lambda)\,\theta - \eta\,\frac{\hat m}{\sqrt{\hat v} + \epsilon} . $$
#
# - `state` has the keys `"m"`, `"v"` and `"t"`, as in question 5.
# - The decay is multiplied by `lr`, as in torch. (The paper multiplies it by the schedule alone.) It applies to the
#   *old* parameter.
#
# **Example.** As in question 5, with `weight_decay = 0.5`: the new parameter is `(1 - 0.1 * 0.5) * 1 - 0.05 = 0.9`. The
# state is the same as there.


# %% answer="adamw_step"
def adamw_step(param, grad, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    """One step of AdamW.

    param, grad: arrays of one shape. state: {"m": array, "v": array, "t": number of steps before this one}.
    Returns the new param and the new state.
    """
    ### BEGIN SOLUTION
    t = state["t"] + 1
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    step = m_hat / (np.sqrt(v_hat) + eps)
    shrunk = (1 - lr * weight_decay) * param
    return shrunk - lr * step, {"m": m, "v": v, "t": t}
    ### END SOLUTION


# %% visible="adamw_step"
def try_adamw_step():
    start = np.array([1.0]), np.array([2.0]), {"m": np.array([1.0]), "v": np.array([2.0]), "t": 1}
    result = adamw_step(*start, lr=0.1, beta1=0.5, beta2=0.5, eps=2.0, weight_decay=0.5)
    assert result is not None and len(result) == 2, "return two things: the new param and the new state"
    param, state = result
    assert isinstance(state, dict) and set(state) == {"m", "v", "t"}, "the new state is a dictionary, keys m, v and t"
    found = [float(np.ravel(state[key])[0]) for key in ("m", "v", "t")]
    assert np.allclose(found, [1.5, 3, 2]), f"the worked example's m, v and t are 1.5, 3 and 2, but yours are {found}"
    assert np.allclose(param, 0.9), f"the worked example's new parameter is 0.9, but yours is {param}"
    print("adamw_step: the worked example is right")


try_adamw_step()

# %% graded="adamw_step"

# %% [markdown]
# ## 7. `step_decay`, `cosine_annealing`, `warmup_linear`: learning rates that change
#
# **Why it matters.** Large steps get far, small steps get close. A schedule starts with the first kind and ends with
# the second; with a warm-up it also lets the averages of Adam settle before the large steps begin.
#
# **Write** three functions. Each takes the number $t$ of the step, counted from 0, and returns the learning rate of
# that step, one number.
#
# - `step_decay(t, lr, step_size, gamma)`: `lr` at first, and multiplied by `gamma` once more every `step_size` steps.
# - `cosine_annealing(t, lr, T_max, lr_min=0.0)`: falls from `lr` at $t = 0$ to `lr_min` at $t = T_{max}$ along half a
#   period of a cosine, so that it starts and ends flat. After that it stays at `lr_min`. (torch's rises again.)
# - `warmup_linear(t, lr, warmup_steps, total_steps)`: a straight line from 0 at $t = 0$ up to `lr` at
#   $t =$ `warmup_steps`, and from there a straight line down to 0 at $t =$ `total_steps`. After that it stays 0.
#   `warmup_steps` may be 0: then it falls from `lr` at once. It is always smaller than `total_steps`.
#
# `t`, `step_size`, `T_max` and the numbers of steps are whole numbers; `step_size` and `T_max` are at least 1. The
# three functions are marked apart.
#
# **Example.** These values fix what the text may leave open:
#
# | | | | | | | |
# |---|---|---|---|---|---|---|
# | `step_decay(t, 0.8, 3, 0.5)` at $t =$ | 0 | 2 | 3 | 5 | 6 | 9 |
# | | 0.8 | 0.8 | 0.4 | 0.4 | 0.2 | 0.1 |
# | `cosine_annealing(t, 0.9, 6, 0.1)` at $t =$ | 0 | 2 | 3 | 4 | 6 | 9 |
# | | 0.9 | 0.7 | 0.5 | 0.3 | 0.1 | 0.1 |
# | `warmup_linear(t, 0.8, 4, 12)` at $t =$ | 0 | 1 | 4 | 6 | 12 | 15 |
# | | 0 | 0.2 | 0.8 | 0.6 | 0 | 0 |


# %% answer="step_decay"
def step_decay(t, lr, step_size, gamma):
    """The learning rate of step t (counted from 0), multiplied by gamma every step_size steps."""
    ### BEGIN SOLUTION
    drops = t // step_size
    return lr * gamma**drops
    ### END SOLUTION


# %% visible="step_decay"
def try_step_decay():
    found = [step_decay(t, 0.8, 3, 0.5) for t in (0, 2, 3, 5, 6, 9)]
    assert None not in found, "return the learning rate, one number"
    assert np.allclose(found, [0.8, 0.8, 0.4, 0.4, 0.2, 0.1]), f"the table's first row isn't what you return: {found}"
    print("step_decay: the table's values are right")


try_step_decay()


# %% answer="cosine_annealing"
def cosine_annealing(t, lr, T_max, lr_min=0.0):
    """The learning rate of step t (counted from 0): half a cosine from lr to lr_min at T_max, and lr_min after."""
    ### BEGIN SOLUTION
    progress = min(t / T_max, 1)
    return lr_min + (lr - lr_min) * (1 + np.cos(np.pi * progress)) / 2
    ### END SOLUTION


# %% visible="cosine_annealing"
def try_cosine_annealing():
    found = [cosine_annealing(t, 0.9, 6, 0.1) for t in (0, 2, 3, 4, 6, 9)]
    assert None not in found, "return the learning rate, one number"
    assert np.allclose(found, [0.9, 0.7, 0.5, 0.3, 0.1, 0.1]), f"the table's second row isn't what you return: {found}"
    print("cosine_annealing: the table's values are right")


try_cosine_annealing()


# %% answer="warmup_linear"
def warmup_linear(t, lr, warmup_steps, total_steps):
    """The learning rate of step t (counted from 0): up to lr in warmup_steps, down to 0 at total_steps, then 0."""
    ### BEGIN SOLUTION
    if t < warmup_steps:
        return lr * t / warmup_steps
    left = max(total_steps - t, 0)
    return lr * left / (total_steps - warmup_steps)
    ### END SOLUTION


# %% visible="warmup_linear"
def try_warmup_linear():
    found = [warmup_linear(t, 0.8, 4, 12) for t in (0, 1, 4, 6, 12, 15)]
    assert None not in found, "return the learning rate, one number"
    assert np.allclose(found, [0, 0.2, 0.8, 0.6, 0, 0]), f"the table's third row isn't what you return: {found}"
    print("warmup_linear: the table's values are right")


try_warmup_linear()

# %% graded="learning_rate_schedules"

# %% [markdown]
# ## 8. `minibatch_indices`: every example once an epoch
#
# **Why it matters.** A minibatch gradient is a good guess at the full one only if the batch is a random sample. Data on
# disk are often sorted by label; a network that is fed them in that order unlearns each class while it learns the next.
#
# **Write** `minibatch_indices(N, batch_size, rng, drop_last=False)`, which returns one epoch's batches as a list. Each
# batch is an array (or a list) of example numbers.
#
# - Put the numbers $0, \ldots, N - 1$ into a random order, and cut that order into batches of `batch_size`. Every order
#   is equally likely, so that any two examples may meet in a batch.
# - If `batch_size` doesn't divide $N$, the last batch holds the rest. With `drop_last=True` that shorter batch is left
#   out; full batches never are. There is never an empty batch. $N$ is at least 1, and at least `batch_size`.
# - `rng` is a NumPy `Generator`, such as `np.random.default_rng(3)`. All randomness comes from it: the same seed gives
#   the same batches, and the next call with the same `rng` gives other ones.
#
# **Example.** `minibatch_indices(5, 2, rng)` may return `[[3, 0], [4, 2], [1]]`. With `drop_last=True` it may return
# `[[3, 0], [4, 2]]`.


# %% answer="minibatch_indices"
def minibatch_indices(N, batch_size, rng, drop_last=False):
    """One epoch's batches: a list of arrays of example numbers, each number from 0 to N - 1 in at most one of them.

    rng: a NumPy Generator. drop_last: leave out a last batch that is shorter than batch_size.
    """
    ### BEGIN SOLUTION
    order = rng.permutation(N)
    batches = [order[i : i + batch_size] for i in range(0, N, batch_size)]
    if drop_last and N % batch_size:
        batches = batches[:-1]
    return batches
    ### END SOLUTION


# %% visible="minibatch_indices"
def try_minibatch_indices():
    batches = minibatch_indices(5, 2, np.random.default_rng(3))
    assert batches is not None, "return the list of batches"
    sizes = [len(batch) for batch in batches]
    assert sizes == [2, 2, 1], f"5 examples in batches of 2 make batches of 2, 2 and 1, but yours have {sizes}"
    seen = sorted(int(i) for batch in batches for i in batch)
    assert seen == [0, 1, 2, 3, 4], f"every example from 0 to 4 should come once, but these came: {seen}"
    sizes = [len(batch) for batch in minibatch_indices(5, 2, np.random.default_rng(3), drop_last=True)]
    assert sizes == [2, 2], f"with drop_last=True two batches of 2 are left, but yours have {sizes}"
    print("minibatch_indices: the sizes are right, and every example comes once")


try_minibatch_indices()

# %% graded="minibatch_indices"

# %% [markdown]
# ## 9. `newton_step`: use the curvature (optional)
#
# **Why it matters.** On a quadratic bowl Newton's step lands on the minimum at once, however narrow the bowl. It costs
# the whole Hessian, and near a saddle it walks *into* the saddle. Damping makes it more careful.
#
# **Write** `newton_step(grad, hessian, damping=0.0)`, which returns the direction $d$ with
#
# $$ (H + \lambda\,I)\,d = -g . $$
#
# - `grad` has shape `(D,)`; $H$ is `hessian`, a symmetric matrix of shape `(D, D)` that may have negative eigenvalues.
#   $\lambda$ is `damping`, and $I$ the identity matrix.
# - $H + \lambda I$ is never singular. Use $H$ as it is. (Some methods turn negative eigenvalues into
#   positive ones. This one doesn't.)
# - Return $d$, shape `(D,)`. The parameters would move to $\theta + d$.
#
# **Example.** `grad = [5., 9.]`, `hessian = [[2., 1.], [1., 3.]]`, `damping = 1.`: the matrix is `[[3, 1], [1, 4]]`,
# and `d = [-1., -2.]`.


# %% answer="newton_step"
def newton_step(grad, hessian, damping=0.0):
    """The damped Newton direction d. grad: (D,). hessian: (D, D), symmetric. Returns d, (D,)."""
    ### BEGIN SOLUTION
    damped = hessian + damping * np.eye(len(grad))
    return np.linalg.solve(damped, -grad)
    ### END SOLUTION


# %% visible="newton_step"
def try_newton_step():
    d = newton_step(np.array([5.0, 9.0]), np.array([[2.0, 1.0], [1.0, 3.0]]), damping=1.0)
    assert np.shape(d) == (2,), f"d should be shaped like grad, (2,), but has shape {np.shape(d)}"
    assert np.allclose(d, [-1, -2]), f"the worked example's d is [-1, -2], but yours is {d}"
    print("newton_step: the worked example is right")


try_newton_step()

# %% graded="newton_step"

# %% [markdown]
# ## 10. `classify_critical_point`: valley, peak or pass? (optional)
#
# **Why it matters.** Where the gradient vanishes, training may have arrived or may only be resting on a saddle. The
# eigenvalues of the Hessian tell which, unless some of them vanish too.
#
# **Write** `classify_critical_point(grad, hessian, tol=1e-6)`, which returns one of five strings.
#
# - `"not critical"` if the Euclidean norm of `grad` is larger than `tol`. Otherwise the eigenvalues decide. One of
#   size at most `tol` counts as zero.
# - `"saddle"` if one eigenvalue is positive and another negative, whatever the others are.
# - `"degenerate"` if it is no saddle and some eigenvalue is zero: second derivatives can't tell.
# - `"minimum"` if all are positive, `"maximum"` if all are negative.
#
# `grad` has shape `(D,)`, and `hessian` is a symmetric matrix of shape `(D, D)`. $D$ may be 1.
#
# **Example.** `grad = [0., 0.]` and `hessian = [[1., 2.], [2., 1.]]`: the eigenvalues are 3 and -1, so it is a
# `"saddle"`, although both numbers on the diagonal are positive.


# %% answer="classify_critical_point"
def classify_critical_point(grad, hessian, tol=1e-6):
    """What kind of point this is, by its gradient (D,) and its Hessian (D, D): one of five strings."""
    ### BEGIN SOLUTION
    if np.linalg.norm(grad) > tol:
        return "not critical"
    values = np.linalg.eigvalsh(hessian)
    up, down = values > tol, values < -tol
    if up.any() and down.any():
        return "saddle"
    if up.all():
        return "minimum"
    return "maximum" if down.all() else "degenerate"
    ### END SOLUTION


# %% visible="classify_critical_point"
def try_classify_critical_point():
    kind = classify_critical_point(np.zeros(2), np.array([[1.0, 2.0], [2.0, 1.0]]))
    assert kind == "saddle", f"the worked example is a saddle, but you return {kind!r}"
    kind = classify_critical_point(np.array([0.0, 0.5]), np.eye(2))
    assert kind == "not critical", f"a gradient of length 0.5 is not critical, but you return {kind!r}"
    print("classify_critical_point: the worked example is right")


try_classify_critical_point()

# %% graded="classify_critical_point"

# %% [markdown]
# ## 11. `hessian_vector_product` and `largest_eigenvalue`: curvature without the matrix (optional)
#
# **Why it matters.** A network of a million parameters has a Hessian of a million times a million entries. Its product
# with one vector costs only two gradients, and a few dozen such products give the largest eigenvalue: the number that
# says which learning rates diverge.
#
# **Write** `hessian_vector_product(gradient, x, v)`, which returns $H v$, shape `(D,)`, where $H$ is the Hessian at
# `x`.
#
# - `gradient` is a function: it takes a point of shape `(D,)` and returns the gradient there. You can't look inside it,
#   but you may call it as often as you like. It is smooth, and `x` and what it returns are of ordinary size, about 1.
# - Compare gradients at neighbouring points. Four digits are enough.
# - `v` is not zero, but may be very long or very short, from $10^{-9}$ to $10^6$. How far you move from `x` must not
#   depend on that: take a direction of a fixed small length, and scale the result. Which length is good? Try some on a
#   function whose Hessian you know.
#
# **Write** `largest_eigenvalue(matvec, v, steps)`, which finds the eigenvalue of largest *size* of a symmetric matrix
# $A$, and returns it with its sign, one number.
#
# - `matvec` is a function: `matvec(u)` returns $A u$ for any `u` of shape `(D,)`. You can't see $A$. `v`, shape
#   `(D,)`, is where you start.
# - Multiply by $A$ again and again, `steps` times. Keep the vector's length at 1, or near it, between the products:
#   entries of $A$ may be as large as $10^{20}$ or as small as $10^{-20}$.
# - Then estimate the eigenvalue by Rayleigh's quotient $u^T A u / u^T u$. Call `matvec` at most `steps + 1` times in
#   all.
# - `steps` is always enough for four digits.
#
# The two functions are marked apart.
#
# **Example.** If `gradient(x)` is `x**3`, then at `x = [1., 2.]` the product with `v = [1., 2.]` is `[3., 24.]`. If
# `matvec(u)` multiplies by `[[2, 1], [1, 2]]`, then 30 steps from `[1., 0.]` give 3.


# %% answer="hessian_vector_product"
def hessian_vector_product(gradient, x, v):
    """The Hessian at x times v, from gradients alone. gradient: function of (D,). x, v: (D,). Returns (D,)."""
    ### BEGIN SOLUTION
    length = np.linalg.norm(v)
    move = 1e-5 * v / length
    change = gradient(x + move) - gradient(x - move)
    return change * length / 2e-5
    ### END SOLUTION


# %% visible="hessian_vector_product"
def try_hessian_vector_product():
    found = hessian_vector_product(lambda x: x**3, np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    assert np.shape(found) == (2,), f"the product should be shaped like v, (2,), but has shape {np.shape(found)}"
    assert np.allclose(found, [3, 24], rtol=1e-4), f"the worked example's product is [3, 24], but yours is {found}"
    print("hessian_vector_product: the worked example is right")


try_hessian_vector_product()


# %% answer="largest_eigenvalue"
def largest_eigenvalue(matvec, v, steps):
    """The eigenvalue of largest size, with its sign, by `steps` products and one for the quotient. v: (D,)."""
    ### BEGIN SOLUTION
    u = v / np.linalg.norm(v)
    for _ in range(steps):
        u = matvec(u)
        u = u / np.linalg.norm(u)
    return u @ matvec(u)
    ### END SOLUTION


# %% visible="largest_eigenvalue"
def try_largest_eigenvalue():
    A = np.array([[2.0, 1.0], [1.0, 2.0]])
    found = largest_eigenvalue(lambda u: A @ u, np.array([1.0, 0.0]), 30)
    assert np.shape(found) == (), f"return one number, not something of shape {np.shape(found)}"
    assert np.isclose(found, 3), f"the worked example's largest eigenvalue is 3, but yours is {found}"
    print("largest_eigenvalue: the worked example is right")


try_largest_eigenvalue()

# %% graded="hessian_vector_product"

# %% [markdown]
# ## Investigation: what do badly scaled inputs cost?
#
# *Worth 0 points unless your instructor says otherwise; then it is marked by hand, with the list below.*
#
# One feature is measured in millimetres, another in kilometres. The loss is then a narrow valley. **Which optimizers
# suffer, how much, and does it help to standardize the features?** Design an experiment with your own steps, report its
# numbers, and explain them.
#
# The next cell gives you a problem. `logistic(seed, spread)` draws 200 examples of 10 features and noisy labels, and
# returns `loss(w)` and `gradient(w)` of logistic regression for weights `w` of shape `(10,)`. The features' scales go
# from 1 to `spread`; with `spread = 1` all are alike, as if you had standardized them. Start from `w = np.zeros(10)`. A
# fair comparison gives each optimizer its own best learning rate: try a dozen, from 0.0001 to 30 in equal factors, with
# the same number of steps, some hundreds. A minute is enough. The lowest loss is the same for every `spread`, since the
# weights make up for the scales: a long run with `spread = 1` finds it. "Near" is yours to define, 0.01 above it, say.
#
# Ideas to choose from, or bring your own:
#
# - Momentum (also with `momentum=0`), AdaGrad and Adam for `spread` 1, 10 and 100: the steps until the loss is near its
#   minimum, each at its best learning rate.
# - How wide is the range of learning rates that come close to the best one? A finer grid shows it.
# - Rotate the scaled features by a random orthogonal matrix `Q`: `loss(Q @ w)`, whose gradient is `Q.T @ gradient(Q @
#   w)`. Which optimizer doesn't notice, and which does?
#
# | marks, of 6 | for |
# |---|---|
# | 1 | a question that the experiment can answer, with a guess written down before the run |
# | 2 | a fair comparison: same problems, same number of steps and of learning rates tried; seeds and their spread |
# | 1 | numbers in a table or a figure that a reader understands without the code |
# | 2 | an explanation that follows from what the steps compute, and one thing that the experiment can't tell |


# %% given="problem"
def logistic(seed, spread):
    """Logistic regression on 200 examples of 10 features: loss(w) and gradient(w), for w (10,)."""
    rng = np.random.default_rng(seed)
    x, w_true = rng.normal(size=(200, 10)), rng.normal(size=10)
    labels = np.where(rng.random(200) < 1 / (1 + np.exp(-x @ w_true)), 1.0, -1.0)
    signed = labels[:, None] * x * np.geomspace(1, spread, 10)

    def loss(w):
        return np.mean(np.logaddexp(0, -signed @ w))

    def gradient(w):
        return -signed.T @ (0.5 - 0.5 * np.tanh(0.5 * (signed @ w))) / len(signed)

    return loss, gradient


# %% investigation="experiment"
# Your question, and your guess, before you run anything:
# ...
# Then your experiment. You may add as many cells as you like.
### BEGIN SOLUTION
rates = np.geomspace(1e-4, 30, 12)
optimizers = {
    "momentum": (momentum_step, ("velocity",)),
    "AdaGrad": (adagrad_step, ("square_sum",)),
    "Adam": (adam_step, ("m", "v")),
}


def fewest_steps(optimizer, seed, spread, most=300):
    """The steps until the loss is within 0.001 of its minimum, at the best learning rate; `most` if none gets there."""
    step, keys = optimizers[optimizer]
    loss, gradient = logistic(seed, spread)
    best = most
    for lr in rates:
        w, state = np.zeros(10), {key: np.zeros(10) for key in keys}
        if optimizer == "Adam":
            state["t"] = 0
        for t in range(1, best):
            w, state = step(w, gradient(w), state, lr)
            if loss(w) < minimum[seed] + 0.001:
                best = t
                break
    return best


minimum = {}  # scaling the features doesn't change it: the weights make up for it
for seed in range(3):
    loss, gradient = logistic(seed, 1)
    w = np.zeros(10)
    for _ in range(300):
        w = w - 3 * gradient(w)
    minimum[seed] = loss(w)

for optimizer in optimizers:
    for spread in (1, 10, 100):
        found = [fewest_steps(optimizer, seed, spread) for seed in range(3)]
        print(f"{optimizer:<9} scales 1 to {spread:<4} steps for each seed: {found}")

# I expected momentum to suffer most and Adam not at all. With equal scales all three arrive within 40 steps, AdaGrad
# first. With scales from 1 to 100 momentum needs 203 steps for one problem and doesn't arrive within 300 for the two
# others. AdaGrad needs 65 to 239. Adam needs 49 to 84, about twice its own number for equal scales: so it suffers, too.
#
# Momentum has one learning rate. The steepest direction says how large it may be, and in the flattest, whose curvature
# is 10,000 times smaller, hardly anything moves. AdaGrad and Adam divide each coordinate by the size of its own
# gradients, which takes most of the scale out. Not all: a weight whose feature is 100 times larger must be 100 times
# smaller in the end, but both take steps of about lr in every coordinate, so one lr can't suit them all.
#
# Standardizing the features makes every line the first one of its optimizer: it helps all three, momentum most. The
# experiment can't tell what happens with minibatches, in a deep network, or if the directions of large and small
# curvature aren't those of the coordinates.
### END SOLUTION

# %% [markdown]
# **Your conclusion.** (Double-click here and write.) What did you expect, what did you measure, why is it so, and what
# can't your experiment tell?

# %% [markdown]
# ## Stuck?
#
# Look for your symptom. Each entry tells you where to look.
#
# {stuck}
#
# **The state is right, the parameter is wrong.** Compare the step itself, `(param - new_param) / lr`, with the formula
# for the worked example, factor by factor. Is it the *new* average that is divided by, or used? Is the root taken? Is
# $\epsilon$ outside the root?
#
# **The state is wrong.** Print the new state for the worked example. Which weight belongs to the old value, which to
# the new one? Is the gradient squared where it should be, and is $\eta$ left out of it? For Adam: what is kept is $m'$
# and $v'$, not the corrected values, and `t` counts the steps taken.
#
# **One step is right, several are not.** What does the second step start from? The new state must hold the *new*
# arrays, and nothing that this step alone needs. In Adam, the first step has $t' = 1$.
#
# **The example passes, the graded cell fails.** The examples have one coordinate and round numbers. The graded inputs
# are matrices with several different coordinates, a state that isn't zero, an `eps` that matters, and default
# arguments. The message names the kind of input that failed. Try such an input by hand, coordinate by coordinate.
#
# **It goes wrong with weight decay only.** Where does the decay enter: before the averages, as part of the gradient, or
# directly into the parameter? Questions 1 and 5 want the first, question 6 the second. Is it multiplied by `lr` once?
#
# **My schedule is right except at one place.** Evaluate it at every step from 0 to a few beyond the end and print the
# list. Look at $t = 0$, at the step where the rule changes, at the last step, and at those after it.
#
# **My batches aren't random enough.** Print a few epochs of 12 examples in batches of 4. Are the examples of a batch
# always neighbours? Do the same ones always meet? Does a second call with the same `rng` give the same batches?
#
# **My curvature is wrong.** Try a function whose Hessian you know, such as `gradient = lambda x: A @ x` with a
# symmetric matrix `A` of different, negative and positive eigenvalues. Then multiply `v` by 1000: what should come
# out?

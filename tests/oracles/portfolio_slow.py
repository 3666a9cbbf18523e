"""A slow, obvious portfolio: a cash account, a dictionary of orders, one loop over everything."""

from __future__ import annotations


def simulate(
    prices,
    targets,
    weights,
    transforms,
    budgets,
    *,
    capital,
    gross_cap,
    name_cap,
    cost_bps,
    slippage_bps,
    borrow_bps,
    periods_per_year,
    close_at_end,
):
    """Return (equity, net shares, total costs) bar by bar; `weights` are dictionaries by symbol."""
    fee, slip = cost_bps / 1e4, slippage_bps / 1e4
    cash, net = capital, dict.fromkeys(prices[0], 0.0)
    books = [{} for _ in weights]
    position = [0] * len(weights)
    equity, shares, costs = [], [], []
    for t, price in enumerate(prices):
        for p, weight in enumerate(weights):
            target = targets[t - 1][p] if t else 0
            if close_at_end and t == len(prices) - 1:
                target = 0
            if target == position[p]:
                continue
            position[p] = target
            books[p] = {}
            if target:
                value = budgets[t - 1][p] * capital
                if transforms[p] == "log":
                    whole = sum(abs(w) for w in weight.values())
                    books[p] = {s: target * value * w / whole / price[s] for s, w in weight.items()}
                else:
                    whole = sum(abs(w) * price[s] for s, w in weight.items())
                    books[p] = {s: target * value * w / whole for s, w in weight.items()}

        def held(symbol):
            return sum(book.get(symbol, 0.0) for book in books)

        exposures = {s: abs(held(s)) * price[s] for s in price}
        too_much = max(
            1.0,
            sum(exposures.values()) / (gross_cap * capital),
            max(exposures.values()) / (name_cap * capital),
        )
        for book in books:
            for symbol in book:
                book[symbol] /= too_much
        spent = 0.0
        for symbol in price:
            order = held(symbol) - net[symbol]
            paid = price[symbol] * (1 + slip if order > 0 else 1 - slip)
            cash -= order * paid + fee * abs(order) * paid
            spent += abs(order) * abs(paid - price[symbol]) + fee * abs(order) * paid
            net[symbol] = held(symbol)
            owed = max(-net[symbol], 0.0) * price[symbol] * borrow_bps / 1e4 / periods_per_year
            cash -= owed
            spent += owed
        equity.append(cash + sum(net[s] * price[s] for s in price))
        shares.append(dict(net))
        costs.append(spent)
    return equity, shares, costs

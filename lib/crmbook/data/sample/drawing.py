"""Draws the retail case: people, then what they buy while campaigns and the programme run, then what they say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmbook.data.sample import baskets, calendar, marketing, people, purchases, service, surveys
from crmbook.data.sample.planted import Planted

_SURVEY_SHARE = 0.30
_LIFESTYLE_SHARE = 0.32
_KANO_SHARE = 0.10


@dataclass(frozen=True)
class Drawn:
    """Everything drawn, seen and unseen; ``person`` in a frame is a row of ``people``, days are day numbers."""

    planted: Planted
    people: pd.DataFrame
    state: purchases.State
    leads: pd.DataFrame
    orders: pd.DataFrame
    lines: pd.DataFrame
    tickets: pd.DataFrame
    contacts: pd.DataFrame
    answers: pd.DataFrame
    kano: pd.DataFrame
    lifestyle: pd.DataFrame
    usage: pd.DataFrame
    contracts: pd.DataFrame
    spend: pd.DataFrame
    discount: pd.DataFrame
    programme: pd.DataFrame
    winback: pd.DataFrame


def draw(customers: int, seed: int, planted: Planted) -> Drawn:
    """Draw the case.

    Every part has a random stream of its own, so that a change in one leaves the parts drawn before it as they were.
    """
    streams = [np.random.default_rng([seed, part]) for part in range(11)]
    persons, leads = people.draw(streams[0], customers, planted)
    state = purchases.begin(persons)

    purchases.run(state, streams[1], 0, marketing.DISCOUNT_DAY // 7, planted)
    discount = marketing.start_discount(state, streams[2])
    purchases.run(state, streams[1], marketing.DISCOUNT_DAY // 7, marketing.PROGRAMME_DAY // 7, planted)
    early = purchases.take_orders(state)
    early_lines = baskets.fill(streams[3], persons, early, planted)
    programme = marketing.start_programme(state, streams[2], early_lines)
    purchases.run(state, streams[1], marketing.PROGRAMME_DAY // 7, marketing.WINBACK_DAY // 7, planted)
    winback = marketing.start_winback(state, streams[2], planted)
    purchases.run(state, streams[1], marketing.WINBACK_DAY // 7, calendar.WEEKS, planted)
    late = purchases.take_orders(state)
    late_lines = baskets.fill(streams[3], persons, late, planted)
    late_lines["order"] += len(early)

    orders = pd.concat([early, late], ignore_index=True)
    sold = pd.concat([early_lines, late_lines], ignore_index=True)
    lines = baskets.number(sold, baskets.returns(streams[4], sold, planted))
    lines = pd.concat([lines, baskets.invoices(streams[4], persons, lines)], axis=1)
    tickets = service.tickets(streams[5], persons, orders)
    answers = surveys.satisfaction(streams[7], persons, orders, _SURVEY_SHARE)
    return Drawn(
        planted=planted,
        people=persons,
        state=state,
        leads=leads,
        orders=orders,
        lines=lines,
        tickets=tickets,
        contacts=service.interactions(streams[6], persons, leads, state),
        answers=answers,
        kano=surveys.kano(streams[8], surveys.kano_respondents(answers, round(_KANO_SHARE * customers))),
        lifestyle=surveys.lifestyle(streams[9], persons, _LIFESTYLE_SHARE),
        usage=surveys.usage(streams[9], persons, orders, state.lapse),
        contracts=marketing.contracts(streams[10], persons),
        spend=marketing.spend(streams[10], persons, lines, tickets),
        discount=discount,
        programme=programme,
        winback=winback,
    )

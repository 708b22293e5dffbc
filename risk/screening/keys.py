"""Every key of a text that a screening may carry. Who shows a screening has a text in each language for each of them.

Belongs here: the keys, each with what it stands for. Does not belong here: the texts (service), when a key is used (the other modules).
"""

from enum import StrEnum


class Need(StrEnum):
    """What a person must check before a ground can be said to be met."""

    CHECK_CURRENT_LIST = "check_current_list"  # found in an old copy: is the entry still on the list today?
    CONFIRM_IDENTITY = "confirm_identity"  # is the listed party this one?
    OBTAIN_DECISION = "obtain_decision"  # read the decision itself, not the list's summary
    CHECK_FINAL = "check_final"  # is it final, and not annulled or under appeal?
    CHECK_OFFENCE = "check_offence"  # is the offence one of those that the ground names?
    CHECK_OBLIGATION = "check_obligation"  # does the breach concern an obligation that the ground names?
    CHECK_SELF_CLEANING = "check_self_cleaning"  # has the operator a right to show what it repaired? has it?
    ASSESS_DECLARED_MEASURES = "assess_declared_measures"  # it declares measures: weigh the evidence of them
    HEAR_TENDERER = "hear_tenderer"  # let it answer before any step
    WEIGH_PROPORTIONALITY = "weigh_proportionality"
    CHECK_CONTINUING = "check_continuing"  # are the circumstances continuing or likely to occur again?
    CONFIRM_DATE_OF_EVENT = "confirm_date_of_event"  # the list's date stands in for that of the decision or event
    ASK_DATE_OF_EVENT = "ask_date_of_event"  # no usable date: the look-back cannot be told
    TERM_OVER = "term_over"  # the term that the rule sets is over: is it still listed, and why?
    EARLIER_REGIME = "earlier_regime"  # the event is older than the law: a shorter period may apply
    CHECK_NATIONAL_LAW = "check_national_law"  # the rule leaves it to national law whether and how the ground applies
    CHECK_CONTROL = "check_control"  # does the connected person have the powers or the share that the rule names?
    ADD_UP_SHARES = "add_up_shares"  # shares of all blocked owners count together; half blocks
    CHECK_AFFILIATE_NAMED = "check_affiliate_named"  # the decision reaches affiliates only where it names them
    CHECK_RELIED_ON = "check_relied_on"  # is its capacity relied on, or is the subcontractor to be checked at all?
    CHECK_REPLACEMENT = "check_replacement"  # the subcontractor may have to be replaced; the tenderer stays
    CHECK_EXCEPTION = "check_exception"  # compelling reason, overriding public interest, licence
    CHECK_SCOPE = "check_scope"  # does the decision bind this buyer and reach this contract?
    CHECK_SANCTIONS_LAW = "check_sanctions_law"  # sanctions law applies beside procurement law: ask the competent authority
    SANCTIONS_REACH = "sanctions_reach"  # not held against the tenderer here; sanctions law may reach it through ownership or control
    BANK_OF_CONTRACT = "bank_of_contract"  # which bank finances this contract, and does it recognise the decision?
    ORDER_IS_INDICATION = "order_is_indication"  # an import order rests on indications about goods; it is no finding about the party
    CHECK_GOODS = "check_goods"  # are goods of the listed party offered at all?
    NOT_A_CONVICTION = "not_a_conviction"  # an order against goods or a listing is no conviction


class Asked(StrEnum):
    """Questions, in the order in which they are put where there is room for a few only."""

    CONFIRM_MATCH = "confirm_match"
    DATE_OF_EVENT = "date_of_event"
    STILL_LISTED = "still_listed"  # past the end of its term and still in the list: why?
    EXPLAIN_FACT = "explain_fact"
    CONSORTIUM_MEMBERS = "consortium_members"
    EXPLAIN_PRICE = "explain_price"
    CHECK_ISSUING_LIST = "check_issuing_list"
    IDENTIFIER = "identifier"
    OWNER_UNKNOWN = "owner_unknown"  # a register names no owner
    TRACE_ORIGIN = "trace_origin"
    STATE_ORIGIN = "state_origin"  # in screenings kept before origin was asked of all alike; no longer asked
    CERTIFY_GOODS = "certify_goods"
    RECRUITMENT = "recruitment"
    ENDED_ENTRY = "ended_entry"


class Note(StrEnum):
    """What a reader must know of how a tenderer was screened."""

    NAME_NOT_COMPARABLE = "name_not_comparable"  # blank or a placeholder: no list could be searched
    MEMBERS_NOT_NAMED = "members_not_named"
    ONE_IDENTIFIER_SEVERAL_NAMES = "one_identifier_several_names"
    LIST_OF_PROFILE_NOT_SEARCHED = "list_of_profile_not_searched"  # or in an old copy only; Context.LISTS_OF_PROFILE names them
    POINTER_ONLY = "pointer_only"  # an aggregator's copy alone: look into the issuing list
    MATTER_NOT_IN_PROFILE = "matter_not_in_profile"
    DECLARATION_OPPOSED_BY_FACT = "declaration_opposed_by_fact"  # it declares no, and a list says otherwise
    PRICE_MISSING = "price_missing"
    PRICE_NOT_POSITIVE = "price_not_positive"
    PRICE_WITHOUT_CURRENCY = "price_without_currency"


class Unsearched(StrEnum):
    """Why a list was not searched. None of them is a result."""

    NOT_CONFIGURED = "not_configured"  # no source brings this list, or its source waits for a key or a decision
    SWITCHED_OFF = "switched_off"
    NOT_LOADED = "not_loaded"
    FAILED = "failed"
    EMPTY = "empty"  # the copy holds no entry where entries are expected


class Stale(StrEnum):
    """Why a copy counts as stale."""

    OLDER_THAN_ALLOWED = "older_than_allowed"
    LAST_GOOD_COPY = "last_good_copy"  # the newest copy could not be used


class Context(StrEnum):
    """Notes on the category of goods or services, apart from any tenderer."""

    LISTED_GOOD = "listed_good"  # good x origin as offered is on an official list
    LISTED_GOOD_ELSEWHERE = "listed_good_elsewhere"  # the good is listed for some countries; no offer says where it comes from
    IMPORT_BAN = "import_ban"
    LABOUR_INTENSIVE = "labour_intensive"
    LISTS_OF_PROFILE = "lists_of_profile"  # lists that the law names: `missing` were not searched, `old` in an old copy only
    GOODS_NOT_CODED = "goods_not_coded"  # no heading of the Harmonized System known: the lists of goods were not searched

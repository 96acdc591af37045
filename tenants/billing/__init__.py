"""Money between a customer and us: periods, proration, VAT, the life of a subscription. No Django in here.

Money is integer cents; days are days of the customer's time zone; a period holds its start and not its end.
"""

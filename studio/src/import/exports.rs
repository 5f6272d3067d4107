//! The exports of the storefronts, recognised by their headers.
//!
//! Case does not matter, order does not, and columns that nobody needs may be missing: Shopify's export has gained
//! columns over the years, and WooCommerce's plugins let the shop choose them.

use retention::shop::SourceKind;

use super::columns::ColumnError;

/// What a file lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lists {
    /// Orders, a row for each line.
    Orders,
    /// People, a row for each.
    Customers,
}

/// Which software wrote an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Software {
    Shopify,
    WooCommerce,
}

impl Software {
    /// Whether a source of this kind is this software.
    pub(crate) fn is(self, kind: SourceKind) -> bool {
        match kind {
            SourceKind::Shopify => self == Self::Shopify,
            SourceKind::WooCommerce => self == Self::WooCommerce,
            SourceKind::Ecwid | SourceKind::BigCommerce | SourceKind::Standard => false,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Shopify => "Shopify",
            Self::WooCommerce => "WooCommerce",
        }
    }
}

/// An export that is known.
#[derive(Debug)]
pub(crate) struct Export {
    /// What it is called in reports.
    pub(crate) name: &'static str,
    /// Who wrote it.
    pub(crate) software: Software,
    /// What it lists.
    pub(crate) lists: Lists,
    /// The headers by which it is known.
    marks: &'static [&'static str],
    /// Which columns hold a field: of several the first that is not empty.
    pub(crate) fields: &'static [(&'static str, &'static [&'static str])],
}

/// The known exports, the narrower first.
///
/// Shopify's columns are those of its help pages on exporting orders (help.shopify.com/manual/fulfillment/managing-orders/exporting-orders)
/// and on importing and exporting customers (help.shopify.com/manual/customers/import-export-customers); that an order's
/// own fields stand on the first of its rows alone is described there too. `Canceled at` is what the help page says,
/// `Cancelled at` what the files have. A name for the greeting is taken from the customers export only: orders have the
/// full name of who pays.
///
/// WooCommerce's own orders and customers downloads are those of its Analytics (the columns stand in
/// `get_export_columns` of the two report controllers). Orders with addresses come from its extension
/// Customer/Order/Coupon Export; its columns are named after their keys, which its documentation for developers
/// (docs.woocommerce.com/document/ordercustomer-csv-export-developer-documentation) promises never to change.
static EXPORTS: [Export; 5] = [
    Export {
        name: "Shopify's orders export",
        software: Software::Shopify,
        lists: Lists::Orders,
        marks: &["Name", "Email", "Financial Status", "Created at", "Lineitem name", "Lineitem quantity"],
        fields: &[
            ("order_id", &["Id"]),
            ("number", &["Name"]),
            ("email", &["Email"]),
            ("status", &["Financial Status"]),
            ("paid_at", &["Paid at"]),
            ("fulfilment", &["Fulfillment Status"]),
            ("fulfilled_at", &["Fulfilled at"]),
            ("accepts_marketing", &["Accepts Marketing"]),
            ("currency", &["Currency"]),
            ("subtotal", &["Subtotal"]),
            ("shipping", &["Shipping"]),
            ("tax", &["Taxes"]),
            ("total", &["Total"]),
            ("code", &["Discount Code"]),
            ("discount", &["Discount Amount"]),
            ("placed_at", &["Created at"]),
            ("quantity", &["Lineitem quantity"]),
            ("title", &["Lineitem name"]),
            ("unit_price", &["Lineitem price"]),
            ("sku", &["Lineitem sku"]),
            ("country", &["Shipping Country", "Billing Country"]),
            ("region", &["Shipping Province", "Billing Province"]),
            ("cancelled_at", &["Cancelled at", "Canceled at"]),
            ("refunded", &["Refunded Amount"]),
        ],
    },
    Export {
        name: "Shopify's customers export",
        software: Software::Shopify,
        lists: Lists::Customers,
        marks: &["First Name", "Last Name", "Email", "Total Spent", "Total Orders"],
        fields: &[
            ("customer_id", &["Customer ID"]),
            ("first_name", &["First Name"]),
            ("email", &["Email"]),
            ("accepts_marketing", &["Accepts Email Marketing", "Accepts Marketing"]),
            ("country", &["Default Address Country Code", "Country Code"]),
            ("region", &["Default Address Province Code", "Province Code"]),
        ],
    },
    Export {
        name: "WooCommerce's orders export, one row for each item",
        software: Software::WooCommerce,
        lists: Lists::Orders,
        marks: &["order_id", "billing_email", "status", "order_total", "item_quantity"],
        fields: &[
            ("order_id", &["order_id"]),
            ("number", &["order_number"]),
            ("email", &["billing_email"]),
            ("customer_id", &["customer_id"]),
            ("first_name", &["billing_first_name"]),
            ("status", &["status"]),
            ("placed_at", &["date", "order_date"]),
            ("paid_at", &["paid_date", "date_paid"]),
            ("fulfilled_at", &["completed_date", "date_completed"]),
            ("currency", &["order_currency"]),
            ("shipping", &["shipping_total"]),
            ("tax", &["tax_total"]),
            ("discount", &["discount_total"]),
            ("total", &["order_total"]),
            ("refunded", &["refunded_total"]),
            ("quantity", &["item_quantity"]),
            ("title", &["item_name"]),
            ("unit_price", &["item_price"]),
            ("sku", &["item_sku"]),
            ("country", &["shipping_country", "billing_country"]),
            ("region", &["shipping_state", "billing_state"]),
        ],
    },
    Export {
        name: "WooCommerce's customers export",
        software: Software::WooCommerce,
        lists: Lists::Customers,
        marks: &["customer_id", "email", "date_registered", "billing_country"],
        fields: &[
            ("customer_id", &["customer_id"]),
            ("first_name", &["first_name", "billing_first_name"]),
            ("email", &["email", "billing_email"]),
            ("country", &["billing_country", "shipping_country"]),
            ("region", &["billing_state", "shipping_state"]),
        ],
    },
    Export {
        name: "the customers download of WooCommerce Analytics",
        software: Software::WooCommerce,
        lists: Lists::Customers,
        marks: &["Name", "Username", "Email", "Orders", "Total spend", "AOV", "Country / Region"],
        fields: &[("email", &["Email"]), ("country", &["Country / Region"]), ("region", &["Region"])],
    },
];

/// Exports that are known and of no use, by their headers, with what to do instead.
const OF_NO_USE: [(&[&str], &str); 2] = [
    (
        &["Order #", "Customer type", "Product(s)", "Items sold"],
        "this is the orders download of WooCommerce Analytics, which names no addresses: export the orders with the \
         extension Customer/Order/Coupon Export (format `Default - One Row per Item`), or fetch them over the REST API \
         and write a file with a column billing_email",
    ),
    (
        &["order_id", "billing_email", "order_total"],
        "this is an orders export of WooCommerce that has all items of an order in one cell: choose the format with one \
         row for each item, or map what there is with --column",
    ),
];

/// The export that has these headers.
pub(crate) fn recognise(headers: &[&str]) -> Option<&'static Export> {
    EXPORTS.iter().find(|export| has_all(headers, export.marks))
}

/// Whether these headers are of an export that nothing can be read from.
pub(crate) fn refuse(headers: &[&str]) -> Result<(), ColumnError> {
    let known = OF_NO_USE.iter().find(|(marks, _)| has_all(headers, marks));
    known.map_or(Ok(()), |(_, advice)| Err(ColumnError::NoUse(advice)))
}

fn has_all(headers: &[&str], marks: &[&str]) -> bool {
    marks.iter().all(|mark| headers.iter().any(|header| header.eq_ignore_ascii_case(mark)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(header: &str) -> Option<&'static str> {
        recognise(&header.split(',').collect::<Vec<_>>()).map(|export| export.name)
    }

    #[test]
    fn each_export_is_known_by_its_headers_and_a_file_of_ones_own_is_none() {
        let shopify = "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,\
                       Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,\
                       Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,Billing Country,Cancelled at,Id";
        assert_eq!(of(shopify), Some("Shopify's orders export"));
        for customers in [
            "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Country Code,Total Spent,Total Orders",
            "First Name,Last Name,Email,Accepts Marketing,Country Code,Total Spent,Total Orders,Tags",
        ] {
            assert_eq!(of(customers), Some("Shopify's customers export"));
        }
        let items = "order_id,order_number,date,status,order_total,order_currency,customer_id,billing_email,item_sku,item_quantity";
        assert_eq!(of(items), Some("WooCommerce's orders export, one row for each item"));
        assert_eq!(
            of(
                "Name,Username,Last Active,Sign Up,Email,Orders,Total Spend,AOV,Country / Region,City,Region,Postal Code"
            ),
            Some("the customers download of WooCommerce Analytics")
        );
        assert_eq!(of("customer,date,units,amount_usd"), None);
        assert_eq!(of("Name,Email,Total"), None);
    }

    #[test]
    fn an_export_of_no_use_is_refused_with_what_to_do_instead() {
        let refused = |header: &str| refuse(&header.split(',').collect::<Vec<_>>()).unwrap_err().to_string();
        let analytics =
            "Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),Items sold,Coupon(s)";
        assert!(refused(analytics).contains("billing_email"));
        assert!(refused("order_id,date,status,order_total,billing_email,line_items").contains("one row for each item"));
        assert!(refuse(&["email", "order_id"]).is_ok());
    }
}

"""Parameters that only state where a reader came from. Frozen under `KEY_VERSION`.

Compared without case. Collected from parameters that publishers' feeds, share buttons and newsletters add, and from public
lists (those of browsers and ad blockers) where the name alone identifies the tracker.

Left out on purpose, since they distinguish articles on some sites: id, cid, p, page, ref, source, src, from, via,
campaign, share, sid, s, amp, outputtype, feature, mod, partner. Where `ref` is noise on a site, declare that in its source
(`key_rules`).
"""

from __future__ import annotations

PREFIXES_OF_1 = (
    "utm_",  # Google Analytics, and others that use its names
    "hsa_",  # HubSpot advertisements
    "__cf_chl_",  # what a Cloudflare challenge leaves in the address
)
TRACKING_PREFIXES = (
    *PREFIXES_OF_1,
    "gaa_",  # Google's subscriptions (Reader Revenue Manager)
    "bsft_",  # Blueshift newsletters
    "aspsessionid",  # ASP sessions, with eight letters behind
)
PARAMETERS_OF_1 = frozenset(
    {
        # advertisements: click identifiers
        *("gclid", "gclsrc", "dclid", "gbraid", "wbraid", "gad_source", "gad_campaignid", "srsltid"),  # Google
        *("fbclid", "fb_action_ids", "fb_action_types", "fb_source", "mibextid", "igshid", "igsh"),  # Meta
        *("msclkid", "twclid", "ttclid", "li_fat_id", "rdt_cid", "epik", "sccid"),  # Microsoft, X, TikTok and others
        *("yclid", "ymclid", "ysclid", "_openstat"),  # Yandex, Openstat
        *("dicbo", "oborigurl", "tblci"),  # Outbrain, Taboola
        # analytics
        *("_ga", "_gl"),  # Google Analytics across domains
        *("xtor", "xtref", "xtatc", "at_medium", "at_campaign", "at_campaign_type", "at_link_id", "at_link_origin"),
        *("at_link_type", "at_ptr_name", "at_format", "at_creation", "at_variant", "at_bbc_team"),  # AT Internet, Piano
        *("at_custom1", "at_custom2", "at_custom3", "at_custom4", "at_custom5"),
        *("cx_testid", "cx_testvariant", "cx_artpos", "cx_experienceid"),  # Piano recommendations
        *("pk_campaign", "pk_kwd", "pk_keyword", "pk_source", "pk_medium", "pk_content", "pk_cid"),  # Matomo
        *("mtm_campaign", "mtm_kwd", "mtm_keyword", "mtm_source", "mtm_medium", "mtm_content", "mtm_cid", "mtm_group"),
        *("mtm_placement", "piwik_campaign", "piwik_kwd", "piwik_keyword"),
        *("wt_mc", "wt_zmc", "wt.mc_id", "wt.mc_ev", "wt.tsrc"),  # Webtrekk, Webtrends
        *("ns_campaign", "ns_fee", "ns_linkname", "ns_mchannel", "ns_source"),  # Comscore
        *("itm_campaign", "itm_content", "itm_medium", "itm_source", "itm_term"),  # campaigns within a site
        *("_branch_match_id", "_branch_referrer", "__twitter_impression", "ref_src", "s_kwcid"),
        *("guccounter", "guce_referrer", "guce_referrer_sig"),  # the way back from a consent page
        # newsletters
        *("mc_cid", "mc_eid", "mkt_tok", "_hsenc", "_hsmi", "__hssc", "__hstc", "__hsfp", "hsctatracking"),
        *("vero_conv", "vero_id", "oly_anon_id", "oly_enc_id", "_ke", "_kx", "ml_subscriber", "ml_subscriber_hash"),
        # sessions, given to clients without cookies: every crawler visit would be a new article
        *("jsessionid", "phpsessid"),
    }
)
TRACKING_PARAMETERS = PARAMETERS_OF_1 | {
    # advertisements: click identifiers
    *("fb_ref", "fb_comment_id", "fb_xd_fragment", "sfnsn", "ig_rid", "ig_mid", "action_object_map"),
    *("action_type_map", "action_ref_map", "qclid", "ndclid", "syclid", "unicorn_click_id", "rb_clickid"),
    *("irclickid", "irgwc", "cjevent", "sscid", "erid", "ob_click_id", "outbrainclickid", "wickedid"),
    *("wickedsource", "ef_id", "kwcid", "nb_expid_meta", "nb_placement", "msockid", "asgtbndr"),
    # analytics
    *("amp_js_v", "amp_gsa", "amp_ct", "amp_tf", "amp_kit", "amp_latest_update_time", "usqp", "aoh", "ampshare"),
    *("at_recipient_id", "at_recipient_list", "at_emailtype", "at_send_date", "at_platform", "at_channel"),
    *("at_general_placement", "at_detail_placement", "pnespid", "traffic_source", "pk_vid", "matomo_campaign"),
    *("matomo_kwd", "matomo_keyword", "matomo_source", "matomo_medium", "matomo_content", "matomo_cid"),
    *("matomo_group", "matomo_placement", "wt.nav", "wt.rss_f", "wt.rss_a", "wt.rss_ev", "ns_mail_uid"),
    *("ns_mail_job", "intcmp", "int_cmp", "intcid", "icid", "cmpid", "cmp", "ncid", "n_cid", "intlink_from_url"),
    *("cm_mmc", "cm_ven", "cm_cat", "cm_pla", "cm_ite", "cm_sp", "cm_lm", "cm_mid", "hmsr", "hmpl", "hmcu", "hmkw"),
    *("hmci", "hmb_campaign", "hmb_medium", "hmb_source", "otm_campaign", "otm_medium", "otm_source", "spm"),
    *("spm_id_from", "from_spmid", "vd_source", "_trkparms", "trkcampaign", "mrfhud", "mrfcid", "mindbox-click-id"),
    *("mindbox-message-key", "sb_referer_host", "cstrackid"),
    # shares and feeds of publishers
    *("smid", "smtyp", "smprod", "emc", "mbid", "bxid", "cndid", "ito", "ocid", "cvid", "wprov", "taid", "srnd"),
    *("soc_src", "soc_trk", "wpisrc", "wpmm", "wpmk", "wprss", "ftcamp", "ftag", "tpcc", "reflink", "sara_ref"),
    *("gepc", "lmd_medium", "lmd_campaign", "lmd_creation", "lmd_source", "iref"),
    *("google_editors_picks", "echobox", "buffer_share", "sr_share", "sms_ss", "awesm", "tt_from", "mtrref"),
    *("leadsource", "hss_channel", "vgo_ee", "wtrid"),
    *("share_session_id", "share_plat", "share_source", "share_medium", "share_times", "share_tag"),
    # newsletters
    *("__s", "_bhlid", "_bta_tid", "_bta_c", "ck_subscriber_id", "dm_i", "elqtrack", "elqtrackid", "elqaid"),
    *("elqat", "elqcampaignid", "et_rid", "et_cid", "sfmc_id", "sfmc_sub", "inf_contact_key", "omnisendcontactid"),
    *("spmailingid", "spuserid", "spjobid", "spreportid", "nr_email_referer", "trk_contact", "trk_msg"),
    *("trk_module", "trk_sid"),
    # sessions, given to clients without cookies: every crawler visit would be a new article
    *("phpsessionid", "cfid", "cftoken", "oscsid", "zenid"),
}
# Names that are noise on one site, and may be anything elsewhere.
SITE_PARAMETERS = {
    "msn.com": frozenset({"ei", "pc", "form", "apiversion", "domshim", "renderwebcomponents", "noservercache"}),
    "news.google.com": frozenset({"oc"}),
    "youtube.com": frozenset({"si", "pp", "feature", "ab_channel"}),
    "youtu.be": frozenset({"si", "feature"}),
    "x.com": frozenset({"s", "t", "ref_url"}),
    "twitter.com": frozenset({"s", "t", "ref_url"}),
    "facebook.com": frozenset({"__tn__", "rdid", "share_url", "extid", "refsrc", "fref"}),
    "reddit.com": frozenset({"share_id", "rdt", "ref_source"}),
    "threads.net": frozenset({"xmt", "slof"}),
    "threads.com": frozenset({"xmt", "slof"}),
    "tiktok.com": frozenset({"is_from_webapp", "is_copy_url", "sender_device", "web_id", "_r", "_t"}),
    "substack.com": frozenset({"r", "triedredirect", "isfreemail", "showwelcomeonshare"}),
    "medium.com": frozenset({"source"}),
    "linkedin.com": frozenset({"trk", "trackingid", "lipi", "licu", "rcm"}),
    "yahoo.com": frozenset({"tsrc", "fr", ".tsrc", ".src"}),
    "bilibili.com": frozenset({"bbid", "ts", "unique_k", "buvid", "plat_id", "is_story_h5"}),
    "toutiao.com": frozenset({"log_from", "timestamp", "req_id", "use_new_style"}),
}

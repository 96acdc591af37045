"""Every address of the site."""

from django.urls import include, path

from portal.pages import (
    health,
    home,
    jobs,
    locations,
    members,
    money,
    organisation,
    plans,
    products,
    suppliers,
    uploads,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/", include("allauth.account.urls")),
    path("uploads/", uploads.uploads, name="uploads"),
    path("uploads/new/", uploads.add, name="uploads_new"),
    path("uploads/<uuid:upload_id>/", uploads.upload, name="upload"),
    path("uploads/<uuid:upload_id>/confirm/", uploads.confirm, name="upload_confirm"),
    path("uploads/<uuid:upload_id>/bad-rows/", uploads.bad_rows, name="upload_bad_rows"),
    path("uploads/<uuid:upload_id>/undo/", uploads.undo, name="upload_undo"),
    path("products/", products.products, name="products"),
    path("products/<path:sku>/", products.product, name="product"),
    path("plans/", plans.plans, name="plans"),
    path("plans/export.<str:form>", plans.export, name="plans_export"),
    path("money/", money.money, name="money"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/run/", jobs.run, name="jobs_run"),
    path("jobs/<uuid:job_id>/", jobs.job, name="job"),
    path("jobs/<uuid:job_id>/cancel/", jobs.cancel, name="job_cancel"),
    path("suppliers/", suppliers.suppliers, name="suppliers"),
    path("suppliers/<path:code>/", suppliers.supplier, name="supplier"),
    path("locations/", locations.locations, name="locations"),
    path("organisation/", organisation.organisation, name="organisation"),
    path("organisation/new/", organisation.new, name="organisation_new"),
    path("organisation/switch/", organisation.switch, name="organisation_switch"),
    path("members/", members.members, name="members"),
    path("members/invite/", members.invite, name="members_invite"),
    path("members/<int:membership_id>/role/", members.role, name="member_role"),
    path("members/<int:membership_id>/remove/", members.remove, name="member_remove"),
    path("members/invitations/<int:invitation_id>/withdraw/", members.withdraw, name="invitation_withdraw"),
    path("invitations/<str:token>/", members.invitation, name="invitation"),
    path("api/v1/", include("portal.api.urls")),
]

handler404 = "portal.errors.not_found"
handler500 = "portal.errors.crashed"
